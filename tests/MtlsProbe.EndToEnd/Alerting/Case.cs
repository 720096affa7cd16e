using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>One fault, its effect, and the alerts that it must cause.</summary>
/// <param name="Name">The name of its target, and of its credential and trust bundle if it has them.</param>
internal sealed record Case(string Name)
{
    /// <summary>Ports of nginx while all is well; several are replicas of one name.</summary>
    public IReadOnlyList<Endpoint> Servers { get; init; } = [];

    /// <summary>The change that the fault makes to each of them.</summary>
    public Func<Endpoint, Endpoint> Broken { get; init; } = server => server;

    /// <summary>Anything else that breaks.</summary>
    public Func<Task> Break { get; init; } = () => Task.CompletedTask;

    /// <summary>Repairs what <see cref="Break"/> broke; also runs once before everything starts.</summary>
    public Func<Task> Mend { get; init; } = () => Task.CompletedTask;

    /// <summary>The fault passes before it is repaired.</summary>
    public bool PassesByItself { get; init; }

    /// <summary>As in the configuration.</summary>
    public required TargetEntry Target { get; init; }

    /// <summary>Lines of the configuration's <c>identities</c>.</summary>
    public string Identities { get; init; } = "";

    /// <summary>Lines of the configuration's <c>trust</c>.</summary>
    public string Trust { get; init; } = "";

    /// <summary>All alerts that the fault causes.</summary>
    public IReadOnlyList<Told> Tells { get; init; } = [];

    /// <summary>Alerts that also fire but are muted, and what mutes them; without the prefix of the names.</summary>
    public IReadOnlyList<(string Muted, string By)> Mutes { get; init; } = [];

    /// <summary>The same with other settings while all is well.</summary>
    public Case From(Func<Endpoint, Endpoint> healthy) => this with { Servers = [.. Servers.Select(healthy)] };

    /// <summary>The same with another credential of the test PKI.</summary>
    public Case Showing(string identity) => this with { Target = Target with { Identity = identity } };

    public Case Expecting(string status) => this with { Target = Target with { ExpectStatus = status } };

    /// <summary>The same with further lines of the target.</summary>
    public Case With(params IReadOnlyList<string> lines) => this with { Target = Target with { More = [.. Target.More, .. lines] } };

    /// <summary>Whether its target presents this credential, or must refuse it.</summary>
    public bool Names(string identity) => Target.Identity == identity || Target.More.Contains($"must_reject: [{identity}]");
}
