using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>One fault, what it does to whom, and what has to be told of it.</summary>
/// <param name="Name">Of its target, its credential and its trust bundle, where it has one.</param>
internal sealed record Case(string Name)
{
    /// <summary>Ports of nginx while all is well; more than one: replicas of one name.</summary>
    public IReadOnlyList<Endpoint> Servers { get; init; } = [];

    /// <summary>What the fault makes of each of them.</summary>
    public Func<Endpoint, Endpoint> Broken { get; init; } = server => server;

    /// <summary>What else breaks.</summary>
    public Func<Task> Break { get; init; } = () => Task.CompletedTask;

    /// <summary>Mends what <see cref="Break"/> broke; also done once before everything starts.</summary>
    public Func<Task> Mend { get; init; } = () => Task.CompletedTask;

    /// <summary>The fault is over before it is mended.</summary>
    public bool PassesByItself { get; init; }

    /// <summary>As the configuration has it.</summary>
    public required TargetEntry Target { get; init; }

    /// <summary>Lines of the configuration's <c>identities</c>.</summary>
    public string Identities { get; init; } = "";

    /// <summary>Lines of the configuration's <c>trust</c>.</summary>
    public string Trust { get; init; } = "";

    /// <summary>All that is told of the fault.</summary>
    public IReadOnlyList<Told> Tells { get; init; } = [];

    /// <summary>Alerts that fire as well and are muted, and what mutes them; without the prefix of the names.</summary>
    public IReadOnlyList<(string Muted, string By)> Mutes { get; init; } = [];

    /// <summary>The same with other settings while all is well.</summary>
    public Case From(Func<Endpoint, Endpoint> healthy) => this with { Servers = [.. Servers.Select(healthy)] };

    /// <summary>The same with another credential of the test PKI.</summary>
    public Case Showing(string identity) => this with { Target = Target with { Identity = identity } };

    public Case Expecting(string status) => this with { Target = Target with { ExpectStatus = status } };

    /// <summary>The same with further lines of the target.</summary>
    public Case With(params IReadOnlyList<string> lines) => this with { Target = Target with { More = [.. Target.More, .. lines] } };

    /// <summary>Whether its target shows this credential, or has to refuse it.</summary>
    public bool Names(string identity) => Target.Identity == identity || Target.More.Contains($"must_reject: [{identity}]");
}
