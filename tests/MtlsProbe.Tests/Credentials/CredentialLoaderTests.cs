using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

public sealed class CredentialLoaderTests : IDisposable
{
    private readonly TempFiles _files = new();
    private readonly TestCertificate _root = TestPki.Root("Root");
    private readonly TestCertificate _intermediate;
    private readonly TestCertificate _client;

    public CredentialLoaderTests()
    {
        _intermediate = _root.Intermediate("Intermediate");
        _client = _intermediate.Client("checkout");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_certificates_after_the_leaf_are_sent_unchanged()
    {
        _files.Write("a.crt", "some words before\n" + TestPki.Pem(_client, _root, _intermediate));
        _files.Write("a.key", _client.KeyPem);

        var credential = Good(new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), null));

        Assert.Equal([_client.Certificate, _root.Certificate, _intermediate.Certificate], credential.Chain);
        Assert.Equal(_client.Certificate, credential.Leaf);
        Assert.True(credential.Key.Matches(_client.Certificate.Der.Span));
    }

    [Fact]
    public void Certificate_and_key_may_be_one_file()
    {
        var both = _files.Write("both.pem", _client.KeyPem + TestPki.Pem(_client, _intermediate));

        Assert.Equal(2, Good(new PemFiles(both, both, null)).Chain.Count);
    }

    [Fact]
    public void A_directory_has_the_layout_of_a_Kubernetes_secret()
    {
        _files.Write("secret/tls.crt", TestPki.Pem(_client, _intermediate));
        _files.Write("secret/tls.key", _client.KeyPem);
        _files.Write("secret/ca.crt", "not looked at");

        Assert.Equal([_client.Certificate, _intermediate.Certificate], Good(new SecretDirectory(_files.Path("secret"))).Chain);
    }

    [Theory]
    [InlineData("open sesame")]
    [InlineData("open sesame\n")]
    [InlineData("open sesame\r\n")]
    public void A_line_end_after_the_passphrase_does_not_count(string content)
    {
        _files.Write("a.crt", TestPki.Pem(_client));
        _files.Write("a.key", TempFiles.EncryptedKey(_client, "open sesame"));
        _files.Write("a.pass", content);

        Good(new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), _files.Path("a.pass")));
    }

    [Fact]
    public void The_certificates_of_a_PKCS12_file_are_put_in_the_order_of_the_chain()
    {
        var stranger = TestPki.Root("Stranger");
        _files.Write("a.p12", TempFiles.Pkcs12("sesame", _client, stranger, _root, _intermediate));
        _files.Write("a.pass", "sesame");

        var credential = Good(new Pkcs12File(_files.Path("a.p12"), _files.Path("a.pass")));

        Assert.Equal([_client.Certificate, _intermediate.Certificate, _root.Certificate, stranger.Certificate], credential.Chain);
    }

    [Theory]
    [InlineData("open  sesame")]
    [InlineData("open sesame\n\n")]
    [InlineData(" open sesame")]
    [InlineData("\n")]
    public void Any_other_passphrase_is_wrong(string content)
    {
        _files.Write("a.crt", TestPki.Pem(_client));
        _files.Write("a.key", TempFiles.EncryptedKey(_client, "open sesame"));
        _files.Write("a.p12", TempFiles.Pkcs12("open sesame", _client));
        _files.Write("a.pass", content);

        Faulty(Reasons.WrongPassphrase, "a.", new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), _files.Path("a.pass")));
        Faulty(Reasons.WrongPassphrase, "a.", new Pkcs12File(_files.Path("a.p12"), _files.Path("a.pass")));
        Faulty(Reasons.WrongPassphrase, "a.key", new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), null));
        Faulty(Reasons.WrongPassphrase, "a.p12", new Pkcs12File(_files.Path("a.p12"), null));
    }

    [Fact]
    public void A_key_of_another_certificate_is_a_mismatch()
    {
        _files.Write("a.crt", TestPki.Pem(_client));
        _files.Write("b.key", _intermediate.Client("ledger").KeyPem);

        var fault = Faulty(Reasons.KeyMismatch, "b.key", new PemFiles(_files.Path("a.crt"), _files.Path("b.key"), null));

        Assert.Contains($"is not the key of {_files.Path("a.crt")}", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_that_is_not_the_first_certificate_is_pointed_out()
    {
        _files.Write("a.crt", TestPki.Pem(_intermediate, _client));
        _files.Write("a.key", _client.KeyPem);

        var fault = Faulty(Reasons.KeyMismatch, "a.key", new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), null));

        Assert.Contains("not the first certificate", fault.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("words")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n")]
    public void A_file_without_a_readable_certificate_has_a_bad_format(string content)
    {
        _files.Write("a.crt", content);
        _files.Write("a.key", _client.KeyPem);

        Faulty(Reasons.BadFormat, "a.crt", new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), null));
    }

    [Fact]
    public void A_certificate_file_that_ends_in_the_middle_of_the_chain_is_not_used()
    {
        var whole = TestPki.Pem(_client, _intermediate);
        _files.Write("a.crt", whole[..^100]);
        _files.Write("a.key", _client.KeyPem);

        var fault = Faulty(Reasons.BadFormat, "a.crt", new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), null));

        Assert.Contains("2 certificates begin, 1 are complete", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_DER_file_comes_with_the_command_that_converts_it()
    {
        _files.Write("a.crt", _client.X509.RawData);
        _files.Write("a.key", _client.KeyPem);

        var fault = Faulty(Reasons.BadFormat, "a.crt", new PemFiles(_files.Path("a.crt"), _files.Path("a.key"), null));

        Assert.Contains("openssl x509 -inform der", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_files_are_distinguished()
    {
        var key = _files.Write("a.key", _client.KeyPem);
        var huge = _files.Write("huge.crt", new byte[MaterialFiles.MaxSize + 1]);

        Faulty(Reasons.NotFound, "gone.crt", new PemFiles(_files.Path("gone.crt"), key, null));
        Faulty(Reasons.NotFound, "gone", new SecretDirectory(_files.Path("gone")));
        Faulty(Reasons.BadFormat, "", new PemFiles(_files.Directory, key, null));
        Faulty(Reasons.BadFormat, "huge.crt", new PemFiles(huge, key, null));
        Faulty(Reasons.BadFormat, "zero", new PemFiles("/dev/zero", key, null));
        Faulty(Reasons.Unreadable, "mem", new PemFiles("/proc/self/mem", key, null)); // an I/O error
        Faulty(Reasons.Unreadable, "flush", new PemFiles("/proc/sys/net/ipv4/route/flush", key, null)); // no one may read it, not even root
    }

    [Fact]
    public void No_fault_shows_a_secret()
    {
        const string Secret = "hunter2hunter2";
        _files.Write("a.crt", TestPki.Pem(_client));
        _files.Write("a.pass", Secret);
        _files.Write("a.key", TempFiles.EncryptedKey(_client, "another"));
        _files.Write("broken.key", "-----BEGIN PRIVATE KEY-----\n" + Secret + "\n-----END PRIVATE KEY-----\n");

        foreach (var key in new[] { "a.key", "broken.key", "a.pass" })
        {
            var loaded = Looks.At(new PemFiles(_files.Path("a.crt"), _files.Path(key), _files.Path("a.pass")));
            Assert.DoesNotContain("hunter2", loaded.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_was_read_is_overwritten_after_use()
    {
        _files.Write("a.key", _client.KeyPem);
        var files = MaterialFiles.Read([_files.Path("a.key")]);
        var bytes = files.Bytes(_files.Path("a.key"));
        Assert.StartsWith("-----BEGIN", System.Text.Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);

        files.Dispose();

        Assert.Equal(new byte[bytes.Length], bytes.ToArray());
    }

    private static Credential Good(CredentialSource source)
    {
        var loaded = Looks.At(source);
        Assert.Null(loaded.Fault);
        return loaded.Good!;
    }

    private static MaterialFault Faulty(Reason reason, string file, CredentialSource source)
    {
        var loaded = Looks.At(source);
        Assert.Null(loaded.Good);
        Assert.Same(reason, loaded.Fault!.Reason);
        Assert.Contains(file, loaded.Fault.Detail, StringComparison.Ordinal);
        return loaded.Fault;
    }
}
