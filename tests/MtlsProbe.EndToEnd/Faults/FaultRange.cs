using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>One server for each fault, and a target for each server.</summary>
internal sealed class FaultRange : IAsyncDisposable
{
    private readonly List<FaultServer> _servers = [];

    public FaultRange(IEnumerable<Fault> faults) => Targets = [.. faults.Select(Target)];

    /// <summary>Every fault there is.</summary>
    public static IReadOnlyList<Fault> All { get; } = [.. PlainFaults.All, .. TlsFaults.All, .. CertificateFaults.All, .. CloseFaults.All, .. HttpFaults.All];

    public IReadOnlyList<TargetEntry> Targets { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
    }

    private TargetEntry Target(Fault fault)
    {
        var server = FaultServer.Start(fault.Script);
        _servers.Add(server);
        return new TargetEntry(fault.Target, server.Port)
        {
            Protocol = fault.Protocol,
            Version = fault.Version,
            ExpectStatus = fault.ExpectStatus,
            More = [$"timeout: {fault.Timeout}"],
        };
    }
}
