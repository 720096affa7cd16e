using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>Every server that runs from its unpacked package, on some ports each.</summary>
internal sealed class UnpackedServers : IAsyncDisposable
{
    private const int Ports = 4;

    /// <summary>So many that no probe has to wait for another.</summary>
    private const int ZabbixAddresses = 60;

    private readonly ServerGroups _groups;

    private UnpackedServers(PkiFiles files, ServerGroups groups) => (Files, _groups) = (files, groups);

    /// <summary>A sentence that says what is missing, or null.</summary>
    public static string? Missing { get; } = Unpacked.Missing(
        Bind.Package, FreeRadius.Package, OpenLdap.Package, Postfix.Package, Exim.Package, Ocserv.Package, ZabbixAgent.Package, Monit.Package,
        Etcd.Package, Libvirt.Package, LibraryServers.WolfsslPackage, LibraryServers.MbedtlsPackage,
        Accounts.NamesPackage, Accounts.RightsPackage);

    public PkiFiles Files { get; }

    /// <summary>The ports of a server.</summary>
    public IReadOnlyList<Endpoint> this[string server] => [.. _groups.Endpoints.Where(endpoint => endpoint.Server == server)];

    public static async Task<UnpackedServers> Start(Workspace workspace)
    {
        var files = new PkiFiles(workspace, TestPki.Shared);
        return new UnpackedServers(files, await ServerGroups.Start(Starting(workspace, files)));
    }

    public ValueTask DisposeAsync() => _groups.DisposeAsync();

    private static IEnumerable<Task<ServerGroup>> Starting(Workspace workspace, PkiFiles files) =>
    [
        Bind.Start(workspace, files, Endpoints("bind")),
        FreeRadius.Start(workspace, files, Endpoints("freeradius")),
        OpenLdap.Start(workspace, files, Endpoints("openldap")),
        Postfix.Start(workspace, files, Endpoints("postfix")),
        Exim.Start(workspace, files, Endpoints("exim")),
        .. Endpoints("ocserv").Select(endpoint => Ocserv.Start(workspace, files, endpoint)),
        ZabbixAgent.Start(workspace, files, ZabbixAgent.Endpoints(ZabbixAddresses)),
        Monit.Start(workspace, files, Endpoint.Tls("monit", "good")),
        Etcd.Start(workspace, files, Etcd.Endpoints(Ports)),
        Libvirt.Start(workspace, files, Endpoint.Tls("libvirt", "good")),
        LibraryServers.Wolfssl(files),
        LibraryServers.Mbedtls(files),
    ];

    private static IReadOnlyList<Endpoint> Endpoints(string server) => [.. Enumerable.Range(0, Ports).Select(_ => Endpoint.Tls(server, "good"))];
}

/// <summary>A theory about the unpacked servers; all of them must be available.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnpackedServersTheoryAttribute : TheoryAttribute
{
    public UnpackedServersTheoryAttribute() => Skip = UnpackedServers.Missing;
}
