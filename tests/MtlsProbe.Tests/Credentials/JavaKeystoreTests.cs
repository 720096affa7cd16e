using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>Credentials and trust anchors in keystores, which keytool has written.</summary>
public sealed class JavaKeystoreTests : IDisposable
{
    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("JKS")]
    [InlineData("JCEKS")]
    [InlineData("PKCS12")]
    public void A_private_key_is_opened_and_fits_its_certificate(string kind)
    {
        var loaded = Looks.At(new KeystoreFile(Store(kind), Pass("storepass")));

        Assert.Equal(("CN=mine", null), (loaded.Good?.Leaf.Subject, loaded.Fault));
        Assert.True(loaded.Good!.Key.Matches(loaded.Good.Leaf.Der.Span));
        Assert.Equal("CN=mine", Looks.At(new Pkcs12File(Store(kind), Pass("storepass"))).Good?.Leaf.Subject); // the older key can also read every kind
    }

    [Theory]
    [InlineData("JKS")]
    [InlineData("JCEKS")]
    public void Faults_are_reported(string kind)
    {
        Assert.Equal(("wrong_passphrase", "cannot be decrypted with the passphrase, or is damaged"), Fault(new KeystoreFile(Store(kind), Pass("other"))));
        Assert.Equal(("wrong_passphrase", "is a Java keystore, whose keys are encrypted, but no passphrase is configured"), Fault(new KeystoreFile(Store(kind), null)));
        Assert.Equal(("bad_format", "holds no private key \"yours\"; it has \"mine\""), Fault(new KeystoreFile(Store(kind), Pass("storepass")) { Alias = "yours" }));
        Assert.Equal("CN=mine", Looks.At(new KeystoreFile(Store(kind), Pass("storepass")) { Alias = "MINE" }).Good?.Leaf.Subject);
        Assert.Equal(["a.ks also contains 1 trusted certificate, which is ignored: only a private key and its chain are read from it"],
            Looks.At(new KeystoreFile(Store(kind), Pass("storepass"))).Notes.Select(note => note.Detail[(_files.Directory.Length + 1)..]));
    }

    [Fact]
    public void An_alias_of_PKCS12_is_not_read_and_this_is_reported() =>
        Assert.Equal(("bad_format", "is a PKCS#12 file, in which no alias can be selected: remove alias, or use a separate file"),
            Fault(new KeystoreFile(Store("PKCS12"), Pass("storepass")) { Alias = "mine" }));

    [Theory]
    [InlineData("JKS")]
    [InlineData("JCEKS")]
    public void A_damaged_keystore_is_a_fault_and_shows_no_secret(string kind)
    {
        var content = Convert.FromBase64String(KeytoolStores.Of[kind]);
        for (var at = 0; at < content.Length; at += 7)
        {
            var changed = content.ToArray();
            changed[at] ^= 0x55;
            var loaded = Looks.At(new KeystoreFile(_files.Write("b.ks", changed), Pass("storepass")));
            Assert.True(loaded.Fault is not null, $"changed at {at}");
            Assert.DoesNotContain("storepass", loaded.Fault.Detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("JKS", true)]
    [InlineData("JCEKS", true)]
    [InlineData("JKS", false)] // certificates are not encrypted
    public void Trusted_certificates_are_anchors_and_the_chains_of_keys_are_not(string kind, bool hasPassphrase)
    {
        var loaded = Looks.At(Trust(Store(kind), hasPassphrase ? Pass("storepass") : null));

        Assert.Equal(["CN=Root"], loaded.Good!.Anchors.Select(anchor => anchor.Subject));
        Assert.EndsWith("also contains 1 private key, which is ignored, with its certificates: only trusted certificates are read from it", Assert.Single(loaded.Notes).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truststore_in_PKCS12_gives_all_of_its_certificates_unless_it_has_a_key()
    {
        var root = TestPki.Root("Root");
        var store = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection(root.Bare).Export(System.Security.Cryptography.X509Certificates.X509ContentType.Pkcs12, "storepass")!;

        Assert.Equal([root.Certificate], Looks.At(Trust(_files.Write("t.p12", store), Pass("storepass"))).Good!.Anchors);
        Assert.EndsWith("contains a private key: use a keystore that contains only trusted certificates", Looks.At(Trust(Store("PKCS12"), Pass("storepass"))).Fault!.Detail, StringComparison.Ordinal);
        Assert.Equal("wrong_passphrase", Looks.At(Trust(_files.Path("t.p12"), Pass("other"))).Fault!.Reason.Label);
        Assert.Equal("wrong_passphrase", Looks.At(Trust(Store("JKS"), Pass("other"))).Fault!.Reason.Label);
        Assert.Equal("not_found", Looks.At(Trust(_files.Path("gone.jks"), null)).Fault!.Reason.Label);
    }

    [Fact]
    public void Keystores_are_followed_like_other_files()
    {
        var source = new KeystoreFile("/a.jks", "/a.pass");
        Assert.Equal(["/a.jks", "/a.pass"], source.Files!.All);
        Assert.Equal(source.Files.All, source.Places);
    }

    private static (string Reason, string Detail) Fault(KeystoreFile source) =>
        Looks.At(source).Fault is { } fault ? (fault.Reason.Label, fault.Detail[(source.Path.Length + 1)..]) : ("", "");

    private static TrustSource Trust(string path, string? passphrase) => new("company", []) { Origin = new KeystoreTrust([path], passphrase) };

    private string Store(string kind) => _files.Write("a.ks", Convert.FromBase64String(KeytoolStores.Of[kind]));

    private string Pass(string text) => _files.Write("a.pass", text + "\n");
}
