using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Trust;

namespace MtlsProbe.Fuzz;

/// <summary>Certificates in a row: an anchor, then those of a server. The clock is one hour after the start of the leaf's validity.</summary>
internal sealed class ChainEntry : FuzzEntry
{
    public override string Name => "chain";

    public override string Does => "an anchor and a presented chain, with its names and constraints (DER in a row)";

    public override Shape Shape => Shape.Der;

    public override IReadOnlyList<string> Reached => ["valid 0"];

    public override IEnumerable<byte[]> Seeds() =>
    [
        Row(SeedPki.Root, SeedPki.Leaf, SeedPki.Intermediate),
        Row(SeedPki.Root, SeedPki.ConstrainedLeaf, SeedPki.Constrained),
        Row(SeedPki.RsaRoot, SeedPki.RsaLeaf),
        Row(SeedPki.RsaRoot, SeedPki.Leaf, SeedPki.Intermediate, SeedPki.Cross, SeedPki.Root),
        Row(SeedPki.Root, SeedPki.Leaf),
    ];

    public override string Run(byte[] input)
    {
        var certificates = DerRow.Split(input).Select(part => Certificate.TryParse(part)).OfType<Certificate>().ToList();
        if (certificates.Count < 2) return "too few";
        var (trust, presented) = (new TrustBundle("test", [certificates[0]]), certificates[1..]);
        var now = certificates[1].NotBefore is var from && from > DateTimeOffset.MaxValue.AddHours(-1) ? from : from.AddHours(1);
        var judge = new ChainJudge();
        var verdict = judge.Judge(presented, trust, new(SeedPki.ServerName), now, default);
        Claim.Holds(judge.Judge(presented, trust, new(SeedPki.ServerName), now, default) == verdict, "a second judgement gives another verdict");
        foreach (var fault in verdict.Faults) Claim.Visible(fault.Detail, "the detail of a fault", 20_000);
        foreach (var note in verdict.Notes) Claim.Visible(note, "a note", 20_000);
        if (verdict.Valid) Claim.Holds(trust.Contains(verdict.Path[^1]), "a valid path does not end at the anchor");
        var parts = ChainParts.Of(presented[0], presented.Skip(1));
        Claim.Holds(parts.Chain.Count + parts.Strangers.Count == presented.Distinct().Count(), "certificates are lost or duplicated");
        return verdict.Valid ? $"valid {presented.Count}" : string.Join(", ", verdict.Errors.Select(error => error.Label));
    }

    private static byte[] Row(params TestCertificate[] certificates) => [.. certificates.SelectMany(certificate => certificate.Der)];
}
