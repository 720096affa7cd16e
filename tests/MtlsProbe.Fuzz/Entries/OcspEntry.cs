using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Trust;

namespace MtlsProbe.Fuzz;

/// <summary>A leaf, its issuer, and the response that a server staples.</summary>
internal sealed class OcspEntry : FuzzEntry
{
    public override string Name => "ocsp";

    public override string Does => "a leaf, its issuer and a stapled response (DER in a row)";

    public override Shape Shape => Shape.Der;

    public override IReadOnlyList<string> Reached => ["good", "revoked", "unknown"];

    public override IEnumerable<byte[]> Seeds()
    {
        var (leaf, issuer) = (SeedPki.Leaf, SeedPki.Intermediate);
        for (var status = 0; status <= 2; status++) yield return [.. leaf.Der, .. issuer.Der, .. TestOcsp.Response(leaf, issuer, status)];
        yield return [.. leaf.Der, .. issuer.Der, .. TestOcsp.Response(leaf, issuer, 0, SeedPki.Responder)];
    }

    public override string Run(byte[] input)
    {
        var parts = DerRow.Split(input);
        if (parts.Count < 3 || Certificate.TryParse(parts[0]) is not { } leaf || Certificate.TryParse(parts[1]) is not { } issuer) return "no certificates";
        byte[] response = [.. parts.Skip(2).SelectMany(part => part)];
        var now = leaf.NotBefore > DateTimeOffset.MaxValue.AddDays(-2) || leaf.NotBefore < DateTimeOffset.MinValue.AddDays(2) ? DateTimeOffset.UnixEpoch : leaf.NotBefore.AddDays(1);
        var judge = new StapledOcsp();
        var verdict = judge.Judge(response, leaf, issuer, now);
        Claim.Holds(judge.Judge(response, leaf, issuer, now) == verdict, "a second judgement gives another verdict");
        Claim.Holds(LibCrypto.ERR_peek_error() == 0, "an error is left behind for the next call on this thread");
        Claim.Visible(verdict.Note, "the note", 20_000);
        Claim.Visible(verdict.Fault?.Detail, "the detail of the fault", 20_000);
        Claim.Holds(verdict.Status is "good" or "revoked" or "unknown" or "invalid", $"the status is {verdict.Status}");
        return verdict.Status == "invalid" ? verdict.Note! : verdict.Status!;
    }
}
