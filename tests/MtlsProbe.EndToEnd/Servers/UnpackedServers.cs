using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Every server that runs from where it was unpacked, on some ports each.</summary>
internal sealed class UnpackedServers : IAsyncDisposable
{
    private const int Ports = 4;

    /// <summary>So many that no probe has to wait for another.</summary>
    private const int ZabbixAddresses = 60;

    private readonly List<ServerGroup> _groups = [];

    private UnpackedServers(PkiFiles files) => Files = files;

    /// <summary>A sentence that says what is missing, or null.</summary>
    public static string? Missing { get; } = Unpacked.Missing(
        Bind.Package, FreeRadius.Package, OpenLdap.Package, Postfix.Package, Exim.Package, Ocserv.Package, ZabbixAgent.Package, Monit.Package,
        Etcd.Package, Libvirt.Package, LibraryServers.WolfsslPackage, LibraryServers.MbedtlsPackage,
        Accounts.NamesPackage, Accounts.RightsPackage);

    public PkiFiles Files { get; }

    /// <summary>The ports of a server.</summary>
    public IReadOnlyList<Endpoint> this[string server] => [.. _groups.SelectMany(group => group.Endpoints).Where(endpoint => endpoint.Server == server)];

    public static async Task<UnpackedServers> Start(Workspace workspace)
    {
        var servers = new UnpackedServers(new PkiFiles(workspace, TestPki.Shared));
        try
        {
            await Task.WhenAll(servers.Starting(workspace).Select(servers.Add));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var group in _groups) await group.DisposeAsync();
    }

    private IEnumerable<Task<ServerGroup>> Starting(Workspace workspace) =>
    [
        Bind.Start(workspace, Files, Endpoints("bind")),
        FreeRadius.Start(workspace, Files, Endpoints("freeradius")),
        OpenLdap.Start(workspace, Files, Endpoints("openldap")),
        Postfix.Start(workspace, Files, Endpoints("postfix")),
        Exim.Start(workspace, Files, Endpoints("exim")),
        .. Endpoints("ocserv").Select(endpoint => Ocserv.Start(workspace, Files, endpoint)),
        ZabbixAgent.Start(workspace, Files, ZabbixAgent.Endpoints(ZabbixAddresses)),
        Monit.Start(workspace, Files, Endpoint.Tls("monit", "good")),
        Etcd.Start(workspace, Files, Etcd.Endpoints(Ports)),
        Libvirt.Start(workspace, Files, Endpoint.Tls("libvirt", "good")),
        LibraryServers.Wolfssl(Files),
        LibraryServers.Mbedtls(Files),
    ];

    private async Task Add(Task<ServerGroup> start)
    {
        var group = await start;
        lock (_groups) _groups.Add(group);
    }

    private static IReadOnlyList<Endpoint> Endpoints(string server) => [.. Enumerable.Range(0, Ports).Select(_ => Endpoint.Tls(server, "good"))];
}

/// <summary>A theory about the unpacked servers; all of them have to be there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnpackedServersTheoryAttribute : TheoryAttribute
{
    public UnpackedServersTheoryAttribute() => Skip = UnpackedServers.Missing;
}
