using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Real OCSP responders answer, and their answers decide; our own credentials are looked up in the same evidence.</summary>
public sealed class OcspTests : IDisposable
{
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    private readonly Workspace _workspace = new("ocsp");
    private readonly PkiFiles _files;

    public OcspTests() => _files = new PkiFiles(_workspace, TestPki.Shared);

    [RealServersFact]
    public async Task The_answer_of_a_responder_decides_if_its_signature_is_valid()
    {
        var (good, taken, unlisted) = (TestPki.Shared.Servers["good"], TestPki.Shared.NewServer("taken-back"), TestPki.Shared.NewServer("unlisted"));
        _files.Write(taken);
        _files.Write(unlisted);
        var issuer = good.Rest[0];
        (Issued, bool)[] issued = [(good.Leaf, false), (taken.Leaf, true)];
        var delegated = TestPki.Shared.NewServer("responder", Template.Server("responder") with { ExtendedKeyUsage = [OcspSigning] }).Leaf;
        var (own, ownUrl) = await OcspResponders.Start(_workspace, "own", issuer, issued);
        await using var first = own;
        var (delegate_, delegateUrl) = await OcspResponders.Start(_workspace, "delegated", issuer, issued, delegated);
        await using var second = delegate_;
        var (forger, forgerUrl) = await OcspResponders.Start(_workspace, "forged", issuer, issued, good.Leaf);
        await using var third = forger;
        await using var goodServer = await OpensslServer.Start(_files, "good");
        await using var takenServer = await OpensslServer.Start(_files, "taken-back");
        await using var unlistedServer = await OpensslServer.Start(_files, "unlisted");

        var records = await Mtlsprobe.Probe(
            new ConfigFile(_files,
            [
                Target("good", goodServer, "own"), Target("revoked", takenServer, "own"), Target("unknown", unlistedServer, "own"),
                Target("revoked-by-delegate", takenServer, "delegated"), Target("revoked-by-nobody", takenServer, "forged"),
                Target("out-of-reach", goodServer, "dead"), Target("strict", goodServer, "strict"), Target("ours", goodServer, "own") with { Identity = "revoked" },
            ])
            {
                MoreTrust = string.Concat(
                    Trust("own", ownUrl), Trust("delegated", delegateUrl), Trust("forged", forgerUrl), Trust("dead", $"http://127.0.0.1:{Ports.Free()}"),
                    Trust("strict", $"http://127.0.0.1:{Ports.Free()}", ", when_unknown: reject"),
                    $"  clients: {{ files: [{_files.Root}], revocation: {{ crl: [{_files.RevocationLists}] }} }}\n"),
            },
            _workspace);

        Expect("good", "accepted", "good", null);
        Expect("revoked", "failed server_certificate revoked", "revoked", null);
        Expect("unknown", "accepted", "unknown", "does not know the certificate");
        Expect("revoked-by-delegate", "failed server_certificate revoked", "revoked", null);
        Expect("revoked-by-nobody", "accepted", "unknown", "not signed by the issuer");
        Expect("out-of-reach", "accepted", "unknown", "cannot be fetched");
        Expect("strict", "failed server_certificate revocation_unknown", "unknown", "cannot be fetched");
        Assert.Contains("Our certificate was revoked", records["ours"].Hint, StringComparison.Ordinal);

        void Expect(string target, string verdict, string status, string? missing)
        {
            var record = records[target];
            Assert.True(record.Verdict == verdict, $"expected of {target}: {verdict}\n{record}");
            var line = Assert.Single(record.Revocation, line => line is { Depth: 0, Source: "ocsp" });
            Assert.True(line.Status == status && (missing is null || line.Missing!.Contains(missing, StringComparison.Ordinal)), $"expected of {target}: {status}, {missing}\n{line}");
        }
    }

    public void Dispose() => _workspace.Dispose();

    private static TargetEntry Target(string name, ServerGroup server, string trust) => new(name, server.Endpoints[0].Port) { More = [$"trust: {trust}"] };

    private string Trust(string name, string responder, string more = "") => $"  {name}: {{ files: [{_files.Root}], revocation: {{ ocsp: \"{responder}\"{more} }} }}\n";
}
