using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.Fuzz;

/// <summary>The first certificates: usual ones, and one with each extension that the parsers read.</summary>
internal static class SeedPki
{
    public const string ServerName = "a.test";

    public static TestCertificate Root { get; } = TestCertificate.SelfSigned(TestTemplate.Authority("Root"));

    public static TestCertificate Intermediate { get; } = Root.Issue(TestTemplate.Authority("Intermediate") with { PathLength = 0 });

    public static TestCertificate Leaf { get; } = Intermediate.Issue(TestTemplate.Server(ServerName) with
    {
        Dns = [ServerName, "*.b.test"],
        Ip = ["192.0.2.1", "2001:db8::1"],
        Uris = ["spiffe://test/shop"],
        Emails = ["shop@b.test"],
        More = [MustStaple, AuthorityAccess],
    });

    public static TestCertificate Constrained { get; } = Root.Issue(TestTemplate.Authority("Constrained") with { More = [Constraints()] });

    public static TestCertificate ConstrainedLeaf { get; } = Constrained.Issue(TestTemplate.Server(ServerName) with { Uris = ["https://u.a.test/"], Emails = ["m@a.test"], Ip = ["10.1.2.3"] });

    public static TestCertificate RsaRoot { get; } = TestCertificate.SelfSigned(TestTemplate.Authority("RSA Root") with { KeyKind = TestKeyKind.Rsa2048 });

    public static TestCertificate RsaLeaf { get; } = RsaRoot.Issue(TestTemplate.Server(ServerName) with { KeyKind = TestKeyKind.Rsa2048 });

    public static TestCertificate Cross { get; } = RsaRoot.Issue(Intermediate.Template with { Key = Intermediate.Key });

    public static TestCertificate Responder { get; } = Intermediate.Issue(TestTemplate.Server("ocsp.test") with { ExtendedKeyUsage = ["1.3.6.1.5.5.7.3.9"] });

    public static TestCertificate Client { get; } = Intermediate.Issue(TestTemplate.Client("client"));

    public static IReadOnlyList<TestCertificate> All { get; } =
        [Root, Intermediate, Leaf, Constrained, ConstrainedLeaf, RsaRoot, RsaLeaf, Cross, Responder, Client];

    private static X509Extension MustStaple => new("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], critical: false);

    private static X509Extension AuthorityAccess => new X509AuthorityInformationAccessExtension([], ["http://ca.test/issuer.crt"]);

    /// <summary>RFC 5280 §4.2.1.10, a subtree of each form.</summary>
    private static X509Extension Constraints()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Subtrees(0, [(2, "a.test"u8.ToArray()), (6, ".a.test"u8.ToArray()), (1, "a.test"u8.ToArray()), (7, [10, 0, 0, 0, 255, 0, 0, 0])]);
            Subtrees(1, [(2, "x.a.test"u8.ToArray()), (7, [.. new byte[32]])]);
        }

        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);

        void Subtrees(int tag, (int Form, byte[] Name)[] names)
        {
            using var list = writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, tag));
            foreach (var (form, name) in names)
            {
                using var subtree = writer.PushSequence();
                writer.WriteOctetString(name, new Asn1Tag(TagClass.ContextSpecific, form));
            }
        }
    }
}
