using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A target, and what goes wrong with its server, with its credential or with what we trust it by.</summary>
/// <param name="Name">Of the target.</param>
internal sealed record TargetCase(string Name, params IReadOnlyList<string> Alerts) : Case(Name, Alerts)
{
    /// <summary>Its server, by the name that <see cref="Endpoint"/> knows.</summary>
    public string Server { get; init; } = "nginx-http";

    /// <summary>The addresses that the server listens on, all with the same port.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = ["127.0.0.1"];

    /// <summary>The server as long as all is well; null: with a good certificate, for the clients of the test.</summary>
    public Func<Stage, Endpoint, Endpoint>? Before { get; init; }

    /// <summary>The server while it is at fault; null: the fault is elsewhere.</summary>
    public Func<Stage, Endpoint, Endpoint>? Broken { get; init; }

    /// <summary>The server after it was mended; null: as it was before.</summary>
    public Func<Stage, Endpoint, Endpoint>? After { get; init; }

    /// <summary>What else breaks, once the servers have changed.</summary>
    public Func<Stage, Task>? Break { get; init; }

    /// <summary>How that is mended, before the servers change.</summary>
    public Func<Stage, Task>? Mend { get; init; }

    /// <summary>What stands between it and us, and its port; null: nothing.</summary>
    public Func<Stage, Task<int>>? Front { get; init; }

    /// <summary>One of the test PKI, or of another case; null: one of its own, of which <see cref="Credential"/> is the name.</summary>
    public string? Identity { get; init; } = "good";

    /// <summary>A bundle of its own, in one file; null: the one that everybody uses.</summary>
    public string? Trust { get; init; }

    /// <summary>The only version of TLS that is offered; null: both.</summary>
    public string? Version { get; init; }

    public string? ExpectStatus { get; init; }

    /// <summary>Further lines of the target.</summary>
    public Func<Stage, IEnumerable<string>> More { get; init; } = _ => [];

    public string Protocol => Server.EndsWith("tcp", StringComparison.Ordinal) || Server.EndsWith("stream", StringComparison.Ordinal) ? "tls" : "https";

    public string Credential => Identity ?? $"{Name}-client";

    public override bool Concerns(Alert alert) => alert["instance"] == AlertingFleet.Instance
        && (alert["target"] is { } target ? target == Name
            : alert["identity"] is { } identity ? Identity is null && identity == Credential
            : alert["trust"] is { } trust && trust == Trust);
}
