using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>
/// Servers whose next certificate is known from <c>expect.server_certificate</c>, and does not have the SPIFFE ID that their target requires: they
/// fail at the reload, whatever their current state.
/// </summary>
internal sealed record StagedServers(ValueList<PreflightWarning> Warnings, ValueList<string> Names)
{
    /// <param name="pin">Returns the expected certificate, as loaded.</param>
    public static StagedServers Of(IEnumerable<Target> targets, Func<CertificatePin, LoadedPin> pin)
    {
        List<PreflightWarning> warnings = [];
        List<string> names = [];
        foreach (var target in targets)
        {
            if (target.ExpectedCertificates.ServerCertificate is not { } expected || pin(expected).Certificate?.Certificate is not { } leaf || WrongServer.Id(leaf, target.ServerId) is not { } fault) continue;
            warnings.Add(new PreflightWarning("staged_id_mismatch", $"{target.Name} fails when it loads the certificate that it should present: {fault.Detail}"));
            names.Add(target.Name);
        }

        return new StagedServers([.. warnings], [.. names]);
    }

    /// <summary>A summary that takes them into account.</summary>
    public string In(string summary, bool isReady)
    {
        if (Names.Count == 0) return summary;
        var who = $"{Counts.Of(Names.Count, "server")} {(Names.Count == 1 ? "is" : "are")} expected to present a certificate whose SPIFFE ID differs from server_id: {Names.Some()}";
        return isReady ? $"Not ready: {who}." : $"{summary} Also, {who}.";
    }
}
