using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Proxies, and servers that are reached through them or require a PROXY header.</summary>
internal sealed class WayServers : IAsyncDisposable
{
    private readonly ServerGroups _groups;
    private readonly IReadOnlyDictionary<string, string> _places;

    private WayServers(PkiFiles files, ServerGroups groups, IReadOnlyDictionary<string, string> places) => (Files, _groups, _places) = (files, groups, places);

    /// <summary>A sentence that says what is missing, or null.</summary>
    public static string? Missing { get; } = Overlaid.Missing(Proxies.Squid, Proxies.Dante, Proxies.Microsocks) ?? Needs.Missing("haproxy", "nginx", "openssl", "curl");

    public PkiFiles Files { get; }

    public static async Task<WayServers> Start(Workspace workspace)
    {
        var files = new PkiFiles(workspace, TestPki.Shared);
        Endpoint haproxy = Of("haproxy"), haproxyTold = Of("haproxy-told"), nginx = Of("nginx"), nginxTold = Of("nginx-told");
        Endpoint squid = Of("squid"), locked = Of("squid-locked"), dante = Of("dante"), microsocks = Of("microsocks");
        var (nobody, forbidden) = (Ports.Free(), Ports.Free());
        var groups = await ServerGroups.Start(
        [
            BehindBalancers.StartHaproxy(workspace, files, haproxy, haproxyTold),
            BehindBalancers.StartNginx(workspace, files, nginx, nginxTold),
            Proxies.StartSquid(workspace, squid, locked, forbidden),
            Proxies.StartDante(workspace, dante, forbidden),
            Proxies.StartMicrosocks(microsocks),
        ]);
        var places = groups.Endpoints.ToDictionary(endpoint => endpoint.Server, endpoint => endpoint.Port.ToString(CultureInfo.InvariantCulture));
        places["nobody"] = nobody.ToString(CultureInfo.InvariantCulture);
        places["forbidden"] = forbidden.ToString(CultureInfo.InvariantCulture);
        places["password"] = workspace.Write("proxy.pass", Proxies.Password + "\n");
        places["wrong"] = workspace.Write("wrong.pass", "another\n");
        return new WayServers(files, groups, places);
    }

    /// <summary>A target that is reached in this way.</summary>
    public TargetEntry Target(Way way, string version, string credential) => new(way.Target(version, credential), int.Parse(_places[way.Server], CultureInfo.InvariantCulture))
    {
        Host = way.Host,
        Protocol = "https",
        Version = version,
        Identity = credential,
        More = [.. way.Keys.Select(key => _places.Aggregate(key, (text, place) => text.Replace($"{{{place.Key}}}", place.Value, StringComparison.Ordinal)))],
    };

    /// <summary>Waits until a server has printed a line.</summary>
    public async Task Prints(string server, string line)
    {
        var process = _groups.Of(server).Process;
        using var deadline = new CancellationTokenSource(ChildProcess.StartLimit);
        while (!process.Output.Contains(line + "\n", StringComparison.Ordinal))
        {
            Assert.False(deadline.IsCancellationRequested, $"{server} has not printed \"{line}\":\n{process.Output}");
            await Task.Delay(20);
        }
    }

    public ValueTask DisposeAsync() => _groups.DisposeAsync();

    private static Endpoint Of(string server) => Endpoint.Https(server, "good");
}

/// <summary>How a target is reached.</summary>
/// <param name="Server">The name in <see cref="WayServers"/>.</param>
/// <param name="Keys">The keys of the target; a name in braces is replaced by a port or a file.</param>
internal sealed record Way(string Name, string Server, IReadOnlyList<string> Keys)
{
    public string Host { get; init; } = "127.0.0.1";

    public string Target(string version, string credential) => $"{Server}-{Name}-{version}-{credential}";
}

/// <summary>The answer of a proxy.</summary>
internal sealed record Refusal(Way Way, string Reason, string Detail);

/// <summary>A theory about proxies; all of them must be available.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WayTheoryAttribute : TheoryAttribute
{
    public WayTheoryAttribute() => Skip = WayServers.Missing;
}
