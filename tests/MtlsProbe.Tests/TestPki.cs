using System.Formats.Asn1;
using MtlsProbe.Certificates;

namespace MtlsProbe.Tests;

/// <summary>
/// Mints real certificates with any fault: <c>TestPki.Root("Root").Intermediate("Int").Leaf("a.test", t => t with { … })</c>.
/// </summary>
internal static class TestPki
{
    /// <summary>
    /// The clock of these certificates: the start of the test run, in whole seconds. By default they are valid from a day before.
    /// </summary>
    public static readonly DateTimeOffset Now = TestTemplate.Now;

    /// <summary>A self-signed authority; its subject is <c>CN=name</c>.</summary>
    public static TestCertificate Root(string name, Func<TestTemplate, TestTemplate>? change = null) =>
        TestCertificate.SelfSigned(Change(TestTemplate.Authority(name), change));

    /// <summary>A self-signed server certificate.</summary>
    public static TestCertificate SelfSignedLeaf(string dnsName, Func<TestTemplate, TestTemplate>? change = null) =>
        TestCertificate.SelfSigned(Change(TestTemplate.Server(dnsName), change));

    /// <summary>An authority that <paramref name="issuer"/> signed.</summary>
    public static TestCertificate Intermediate(this TestCertificate issuer, string name, Func<TestTemplate, TestTemplate>? change = null) =>
        issuer.Issue(Change(TestTemplate.Authority(name), change));

    /// <summary>A server certificate for <paramref name="dnsName"/>; serverAuth unless changed.</summary>
    public static TestCertificate Leaf(this TestCertificate issuer, string dnsName, Func<TestTemplate, TestTemplate>? change = null) =>
        issuer.Issue(Change(TestTemplate.Server(dnsName), change));

    /// <summary>A client certificate with subject <c>CN=name</c>; clientAuth unless changed.</summary>
    public static TestCertificate Client(this TestCertificate issuer, string name, Func<TestTemplate, TestTemplate>? change = null) =>
        issuer.Issue(Change(TestTemplate.Client(name), change));

    /// <summary>Subject and key of <paramref name="certified"/>, certified again by <paramref name="issuer"/>.</summary>
    public static TestCertificate CrossSign(
        this TestCertificate issuer, TestCertificate certified, Func<TestTemplate, TestTemplate>? change = null) =>
        issuer.Issue(Change(certified.Template with { Key = certified.Key }, change));

    /// <summary>One PEM text of the certificates in this order.</summary>
    public static string Pem(params IEnumerable<TestCertificate> certificates) => string.Concat(certificates.Select(c => c.CertificatePem));

    /// <summary>A trust bundle of these anchors.</summary>
    public static TrustBundle Trust(params IEnumerable<TestCertificate> anchors) => new("test", anchors.Select(anchor => anchor.Certificate));

    private static TestTemplate Change(TestTemplate template, Func<TestTemplate, TestTemplate>? change) =>
        change?.Invoke(template) ?? template;

    /// <summary>DER of a name with one attribute for each kind of string, alternating between common name and organization.</summary>
    public static byte[] Name(params (UniversalTagNumber Kind, string Value)[] attributes)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var (index, attribute) in attributes.Index())
            {
                using var set = writer.PushSetOf();
                using var sequence = writer.PushSequence();
                writer.WriteObjectIdentifier(index % 2 == 0 ? "2.5.4.3" : "2.5.4.10");
                writer.WriteCharacterString(attribute.Kind, attribute.Value);
            }
        }

        return writer.Encode();
    }
}
