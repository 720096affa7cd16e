using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>Which jobs a change of credentials, trust bundles or expected certificates affects.</summary>
internal sealed class ChangedMaterial(MaterialChange change)
{
    private readonly HashSet<(string Identity, Slot Slot)> _credentials = [.. change.Credentials];
    private readonly HashSet<string> _trusts = change.Trusts.ToHashSet(StringComparer.Ordinal);
    private readonly HashSet<CertificatePin> _pins = [.. change.Pins];

    public bool Affects(ProbeJob job) =>
        _credentials.Contains((job.Key.Identity, job.Key.Slot)) || _trusts.Contains(job.Target.Trust)
        || Expects(job.Target.ExpectedCertificates.ServerCertificate) || Expects(job.Target.ExpectedCertificates.Issuer);

    private bool Expects(CertificatePin? pin) => pin is not null && _pins.Contains(pin);
}
