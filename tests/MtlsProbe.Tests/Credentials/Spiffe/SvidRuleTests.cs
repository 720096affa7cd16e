using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MtlsProbe.Model;
using MtlsProbe.Tests.Spiffe;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>
/// SVIDs and bundles that break a rule of SPIFFE, or are damaged: they are reported with their name, and the last good ones stay in use.
/// </summary>
public sealed class SvidRuleTests : IAsyncLifetime
{
    private static readonly TestCertificate s_good = WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id);

    private SpiffeRig _rig = null!;
    private WorkloadApi _api = null!;

    public async Task InitializeAsync()
    {
        _rig = SpiffeRig.Open();
        _api = await WorkloadApi.StartAsync(WorkloadApi.Of(Good()));
        await _rig.Follow(new SpiffeSvid(_api.Endpoint), new SpiffeBundle(_api.Endpoint, "prod.example"));
        Assert.Equal((null, null), (_rig.Current.Fault, _rig.Trust.Fault));
    }

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _api.DisposeAsync();
    }

    [Fact]
    public async Task Each_broken_rule_is_reported_and_the_last_good_one_stays()
    {
        const string rules = "breaks the rules of SPIFFE: its certificate ";
        await Told(Leaf(leaf => leaf with { Uris = [SpiffeRig.Id, "spiffe://prod.example/other"] }), rules + $"has 2 URIs among its subject alternative names, but an X509-SVID has one: {SpiffeRig.Id}, spiffe://prod.example/other");
        await Told(Leaf(leaf => leaf with { Uris = [] }), rules + "has no URI among its subject alternative names");
        await Told(Leaf(leaf => leaf with { Uris = ["https://prod.example/checkout"] }), rules + "has the URI https://prod.example/checkout, which is not a SPIFFE ID: it does not begin with spiffe://");
        await Told(Leaf(leaf => leaf with { Uris = ["spiffe://prod.example/other"] }), rules + "has the ID spiffe://prod.example/other");
        await Told(Leaf(leaf => leaf with { IsAuthority = true }), rules + $"has the ID {SpiffeRig.Id}, but it is the certificate of an authority, which is not a workload");
        await Told(Leaf(leaf => leaf with { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign }), rules + $"has the ID {SpiffeRig.Id}, but it is the certificate of an authority, which is not a workload");
        await Told(Leaf(leaf => leaf with { KeyUsage = X509KeyUsageFlags.KeyEncipherment }), rules + "may not sign: its key usage lacks digitalSignature");
        await Told(Leaf(leaf => leaf with { KeyUsage = null }), rules + "has no key usage, which is required");
        await Told(Changed(svid => svid.X509SvidKey = Leaf().X509SvidKey), "has a private key that does not belong to its certificate", Reasons.KeyMismatch);
        await Told(Changed(svid => svid.X509SvidKey = ByteString.Empty), "has no private key");
        await Told(Changed(svid => svid.X509SvidKey = ByteString.CopyFrom(new byte[17_000])), "has a private key of more than 16 KiB");
        await Told(Changed(svid => svid.X509SvidKey = ByteString.CopyFrom(s_good.Key.ExportEncryptedPkcs8PrivateKey("x", new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 100)))), "has a private key that is not in PKCS#8");
        await Told(Changed(svid => svid.X509Svid = ByteString.Empty), "is not usable: it has no certificate");
        await Told(Changed(svid => svid.X509Svid = ByteString.CopyFrom(s_good.Der[..^1])), "is not usable: certificate 1 cannot be read");
        await Told(Changed(svid => svid.X509Svid = WorkloadApi.Der(Enumerable.Repeat(s_good, 17))), "is not usable: it has more than 16 certificates");
        await Told(Changed(svid => svid.SpiffeId = "prod.example/checkout"), "is not usable: its ID does not begin with spiffe://", id: "prod.example/checkout");
        await Told(Changed(svid => svid.SpiffeId = ""), "is not usable: its ID does not begin with spiffe://", name: "without an ID");
    }

    [Fact]
    public async Task A_bundle_that_cannot_be_read_is_reported_and_the_last_good_one_stays()
    {
        var bundle = _rig.Trust.Bundle;

        await TrustTold(Changed(svid => svid.Bundle = ByteString.Empty), "it has no certificate");
        await TrustTold(Changed(svid => svid.Bundle = ByteString.CopyFrom([.. SpiffeRig.Authority.Der, 0x30])), "certificate 2 cannot be read");
        await TrustTold(Changed(svid => svid.Bundle = WorkloadApi.Der(Enumerable.Repeat(SpiffeRig.Authority, 1025))), "it has more than 1024 certificates");

        async Task TrustTold(X509SVID svid, string expected)
        {
            _api.Answer(WorkloadApi.Of(svid));
            await _rig.Until(() => _rig.Trust.Fault?.Detail == $"{_api.Endpoint}: the bundle of prod.example cannot be used: {expected}");
            Assert.Same(bundle, _rig.Trust.Bundle);
        }
    }

    private static X509SVID Good() => WorkloadApi.Svid(SpiffeRig.Id, [s_good], SpiffeRig.Authority);

    private static X509SVID Leaf(Func<TestTemplate, TestTemplate>? change = null) => WorkloadApi.Svid(SpiffeRig.Id, [WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id, change)], SpiffeRig.Authority);

    /// <summary>A new one with something changed.</summary>
    private static X509SVID Changed(Action<X509SVID> change)
    {
        var svid = Leaf();
        change(svid);
        return svid;
    }

    private async Task Told(X509SVID svid, string expected, Reason? reason = null, string id = SpiffeRig.Id, string? name = null)
    {
        _api.Answer(WorkloadApi.Of(svid));

        await _rig.UntilTold($"{_api.Endpoint}: the SVID {name ?? id} {expected}");

        Assert.Equal((s_good.Certificate, reason ?? Reasons.BadFormat), (_rig.Current.Credential!.Leaf, _rig.Current.Fault!.Reason));
    }
}
