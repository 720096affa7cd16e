using System.Security.Cryptography.X509Certificates;
using System.Text;
using MtlsProbe.Inventories;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Inventories;

/// <summary>Certificates of keystores, including those written by keytool.</summary>
public sealed class KeystoreTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_client = s_root.Client("client");

    [Fact]
    public void A_PKCS12_file_gives_its_certificates_with_a_key_and_without()
    {
        Assert.Equal(["CN=Root", "CN=client"], Subjects(Keystore.Read(TempFiles.Pkcs12("storepass", s_client, s_root), "storepass\n"u8)).Order(StringComparer.Ordinal));
        var trust = new X509Certificate2Collection(s_root.Bare).Export(X509ContentType.Pkcs12, "storepass")!;
        Assert.Equal(["CN=Root"], Subjects(Keystore.Read(trust, "storepass"u8)));
    }

    [Theory]
    [InlineData("", "is encrypted, and no passphrase is given")]
    [InlineData("other", "cannot be decrypted with the passphrase")]
    public void A_wrong_passphrase_is_reported(string passphrase, string problem) =>
        Assert.Equal(problem, Keystore.Read(TempFiles.Pkcs12("storepass", s_client), Encoding.UTF8.GetBytes(passphrase)).Problem);

    [Fact]
    public void A_file_that_is_no_keystore_is_reported() => Assert.Equal("is not a PKCS#12 file, or is damaged", Keystore.Read(s_root.Der, "x"u8).Problem);

    [Theory]
    [InlineData("JKS")]
    [InlineData("JCEKS")]
    [InlineData("PKCS12")]
    public void A_keystore_of_keytool_gives_its_certificates(string kind)
    {
        var content = Convert.FromBase64String(KeytoolStores.Of[kind]);

        Assert.Equal(["CN=Root", "CN=mine"], Subjects(Keystore.Read(content, "storepass"u8)).Order(StringComparer.Ordinal));
        if (kind == "PKCS12") return;
        Assert.Equal(2, Keystore.Read(content, []).Certificates.Count); // they are not encrypted
        Assert.Equal("cannot be decrypted with the passphrase, or is damaged", Keystore.Read(content, "other"u8).Problem);
        for (var length = 0; length < content.Length; length++)
            Assert.True(Keystore.Read(content.AsSpan(0, length), []) is { Problem: not null } or { LeftOut: > 0 }, $"cut at {length}");
    }

    [Fact]
    public void A_secret_key_hides_the_entries_after_it_and_this_is_reported() => Assert.Equal(
        "is a Java keystore that is damaged, or that contains a kind of entry that cannot be skipped",
        Keystore.Read(Convert.FromBase64String(KeytoolStores.Of["JCEKS with a secret key"]), "storepass"u8).Problem);

    private static IEnumerable<string> Subjects(StoredContent content)
    {
        Assert.Null(content.Problem);
        Assert.Equal(0, content.LeftOut);
        return content.Certificates.Select(certificate => certificate.Subject);
    }
}
