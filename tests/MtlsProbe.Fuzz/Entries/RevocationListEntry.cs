using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Trust;

namespace MtlsProbe.Fuzz;

/// <summary>A revocation list from a file or from the web, in DER or PEM, and what it says about a certificate.</summary>
internal sealed class RevocationListEntry : FuzzEntry
{
    public override string Name => "crl";

    public override string Does => "a revocation list (DER or PEM)";

    public override Shape Shape => Shape.Der;

    public override IReadOnlyList<string> Tokens => ["-----BEGIN X509 CRL-----", "-----END X509 CRL-----"];

    public override IReadOnlyList<string> Reached => ["Good", "Revoked", "Unknown"];

    public override IEnumerable<byte[]> Seeds()
    {
        var (leaf, issuer) = (SeedPki.Leaf, SeedPki.Intermediate);
        yield return new TestList().SignedBy(issuer);
        yield return new TestList { Entries = [TestEntry.Of(leaf) with { Reason = 1 }, new(new byte[] { 1 }) { Reason = 6 }] }.SignedBy(issuer);
        yield return new TestList { Number = 2, DeltaBase = 1, Entries = [TestEntry.Of(leaf) with { Reason = 8 }] }.SignedBy(issuer);
        yield return new TestList { IssuingPoint = [0x30, 0x03, 0x84, 0x01, 0xff], Entries = [TestEntry.Of(leaf) with { Issuer = issuer.Bare.SubjectName.RawData }] }.SignedBy(issuer);
        yield return new TestList { IssuingPoint = [0x30, 0x0f, 0xa0, 0x0d, 0xa0, 0x0b, 0x86, 0x09, .. "http://a/"u8], NextUpdate = null, Number = null }.SignedBy(issuer);
        yield return [.. System.Text.Encoding.ASCII.GetBytes(TestList.Pem(new TestList().SignedBy(issuer), new TestList().SignedBy(SeedPki.Root)))];
    }

    public override string Run(byte[] input)
    {
        var (lists, problem) = TestList.Read(input);
        Claim.Visible(problem, "the problem", 1000);
        var (again, other) = TestList.Read(input, cut: 1 + (input.Length % 7));
        Claim.Holds(problem == other && lists.Count == again.Count, "in other pieces the content is different");
        Claim.Holds(lists.Count > 0 || problem is not null, "it has no list and no problem");
        if (lists.Count == 0) return problem!;
        foreach (var list in lists)
        {
            Claim.Visible(list.IssuerText, "the issuer");
            Claim.Visible(list.Problem, "the problem of a list", 1000);
            _ = list.Entries.Find(new byte[] { 1 }).Count();
        }

        var evidence = new ListEvidence([.. lists.Select((list, index) => new KnownList(list, $"list {index}"))]);
        var finding = evidence.Look(new RevocationQuestion(SeedPki.Leaf.Certificate, SeedPki.Intermediate.Certificate, TestTemplate.Now));
        Claim.Visible(finding.Missing, "what is missing", 20_000);
        Claim.Holds(finding.Status == RevocationStatus.Unknown == finding.Missing is not null, "only an unknown status must have a reason");
        Claim.Holds(evidence.Look(new RevocationQuestion(SeedPki.Leaf.Certificate, SeedPki.Intermediate.Certificate, TestTemplate.Now)) == finding, "a second look gives another finding");
        Claim.Holds(LibCrypto.ERR_peek_error() == 0, "an error is left behind for the next call on this thread");
        return finding.Status.ToString();
    }
}
