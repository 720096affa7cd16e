using System.Formats.Asn1;
using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Tests.OpenSsl;

namespace MtlsProbe.Tests.Credentials;

/// <summary>Unused content of files in use is reported; so is content that is sent although it does not belong there.</summary>
public sealed class MaterialNoteTests : IDisposable
{
    private readonly TempFiles _files = new();
    private readonly TestCertificate _root = TestPki.Root("Root");
    private readonly TestCertificate _intermediate;
    private readonly TestCertificate _client;
    private readonly TestCertificate _stranger = TestPki.Root("Stranger");
    private readonly string _crl = PemEncoding.WriteString("X509 CRL", [0x30, 0x00]) + "\n";

    public MaterialNoteTests()
    {
        _intermediate = _root.Intermediate("Intermediate");
        _client = _intermediate.Client("checkout");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Files_that_are_used_completely_give_no_notes()
    {
        Assert.Empty(Pem(TestPki.Pem(_client, _intermediate, _root), _client.KeyPem).Notes);
        Assert.Empty(Pem(TestPki.Pem(_client, _root, _intermediate), ((ECDsa)_client.Key).ExportECPrivateKeyPem()).Notes);
        Assert.Empty(Pem(TestPki.Pem(_client), "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + _client.KeyPem).Notes);
        var both = _files.Write("both.pem", _client.KeyPem + TestPki.Pem(_client, _intermediate));
        Assert.Empty(Looks.At(new PemFiles(both, both, null)).Notes);
        Assert.Empty(Pkcs12(TempFiles.Pkcs12("secret", _client, _root, _intermediate)).Notes);
        Assert.Empty(Trust(("a.crt", TestPki.Pem(_root)), ("b.crt", TestPki.Pem(_stranger))).Notes);
        Assert.Empty(Pin(TestPki.Pem(_root)).Notes);
    }

    [Fact]
    public void A_certificate_outside_the_chain_is_sent_nevertheless_and_reported()
    {
        var pem = Pem(TestPki.Pem(_client, _stranger, _intermediate), _client.KeyPem);
        var pkcs12 = Pkcs12(TempFiles.Pkcs12("secret", _client, _stranger, _intermediate));

        Assert.Equal([_client.Certificate, _stranger.Certificate, _intermediate.Certificate], pem.Good!.Chain);
        Assert.Equal([_client.Certificate, _intermediate.Certificate, _stranger.Certificate], pkcs12.Good!.Chain);
        foreach (var material in new[] { pem, pkcs12 })
        {
            var note = Assert.Single(material.Notes);
            Assert.True(note.IsWarning);
            Assert.EndsWith($": {_stranger.Certificate} is not part of the chain of {_client.Certificate}, but is sent with it", note.Detail, StringComparison.Ordinal);
        }
    }

    /// <summary>When an authority has a new key, its old certificate is often left behind, with the right name.</summary>
    [Fact]
    public void The_old_certificate_of_an_issuer_with_a_new_key_is_a_stranger_but_a_cross_signed_one_is_not()
    {
        var old = _root.Intermediate("Intermediate");
        var cross = _stranger.CrossSign(_intermediate);

        Assert.Contains(old.Certificate.Serial, Assert.Single(Pem(TestPki.Pem(_client, old, _intermediate), _client.KeyPem).Notes).Detail, StringComparison.Ordinal);
        Assert.Empty(Pem(TestPki.Pem(_client, _intermediate, cross, _root, _stranger), _client.KeyPem).Notes);
    }

    [Fact]
    public void An_issuer_whose_name_is_written_in_another_way_is_no_stranger()
    {
        var issuer = _root.Intermediate("Issuer", template => template with { SubjectDer = Name(UniversalTagNumber.UTF8String) });
        var client = issuer.Client("checkout", template => template with { IssuerDer = Name(UniversalTagNumber.PrintableString) });

        Assert.Empty(Pem(TestPki.Pem(client, issuer, _root), client.KeyPem).Notes);
        Assert.Equal([client.Certificate, issuer.Certificate, _root.Certificate], Pkcs12(TempFiles.Pkcs12("secret", client, _root, issuer)).Good!.Chain);

        static byte[] Name(UniversalTagNumber kind)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("2.5.4.3");
                writer.WriteCharacterString(kind, "Issuer");
            }

            return writer.Encode();
        }
    }

    [Fact]
    public void A_duplicate_certificate_is_sent_twice_and_reported()
    {
        var material = Pem(TestPki.Pem(_client, _intermediate, _intermediate), _client.KeyPem);

        Assert.Equal(3, material.Good!.Chain.Count);
        Assert.EndsWith($" contains {_intermediate.Certificate} 2 times, and it is sent as often", Assert.Single(material.Notes).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Unread_blocks_of_a_credential_are_reported_with_their_lines()
    {
        var inCertificate = Pem(_crl + TestPki.Pem(_client) + _stranger.KeyPem, _client.KeyPem).Notes;
        var inKey = Pem(TestPki.Pem(_client), TestPki.Pem(_client) + _client.KeyPem).Notes;

        var note = Assert.Single(inCertificate);
        Assert.True(note.IsWarning);
        Assert.StartsWith($"{_files.Path("a.crt")} also contains 1 × X509 CRL (at line 1), 1 × PRIVATE KEY (at line ", note.Detail, StringComparison.Ordinal);
        Assert.StartsWith($"{_files.Path("a.key")} also contains 1 × CERTIFICATE (at line 1), which is ignored", Assert.Single(inKey).Detail, StringComparison.Ordinal);
        Assert.False(inKey[0].IsWarning);
    }

    [Fact]
    public void Of_two_keys_in_PEM_the_first_is_used_and_this_is_reported()
    {
        var material = Pem(TestPki.Pem(_client), _client.KeyPem + _stranger.KeyPem);
        var wrong = Pem(TestPki.Pem(_client), _stranger.KeyPem + _client.KeyPem);

        Assert.StartsWith($"{_files.Path("a.key")} holds 2 private keys: the first is used", Assert.Single(material.Notes).Detail, StringComparison.Ordinal);
        Assert.Same(Reasons.KeyMismatch, wrong.Fault!.Reason);
        Assert.EndsWith("; of its 2 private keys the first counts", wrong.Fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_keys_in_PKCS12_one_is_used_with_its_own_chain_only_and_this_is_reported()
    {
        var other = _root.Client("other");
        var file = HandmadePkcs12.Of(
            KeyBag(_client), KeyBag(other), Bag(other), Bag(_stranger), Bag(_root), Bag(_client), Bag(_intermediate), HandmadePkcs12.Secret());

        var material = Looks.At(new Pkcs12File(_files.Write("a.p12", file), null));

        Assert.Equal([_client.Certificate, _intermediate.Certificate, _root.Certificate], material.Good!.Chain);
        Assert.Equal(
            [
                $"{_files.Path("a.p12")} holds 2 private keys: the first that has its certificate in the file is used, that of {_client.Certificate}; "
                + $"2 certificates are ignored, because they are not part of the chain, {other.Certificate} and others",
                $"{_files.Path("a.p12")} also contains 1 entry that is ignored: only private keys and certificates are read from it",
            ],
            material.Notes.Select(note => note.Detail));
    }

    [Fact]
    public void A_PKCS12_key_without_its_certificate_is_a_mismatch()
    {
        var one = Looks.At(new Pkcs12File(_files.Write("a.p12", HandmadePkcs12.Of(KeyBag(_client), Bag(_root))), null));
        var two = Looks.At(new Pkcs12File(_files.Write("b.p12", HandmadePkcs12.Of(KeyBag(_client), KeyBag(_root))), null));

        Assert.Same(Reasons.KeyMismatch, one.Fault!.Reason);
        Assert.Equal($"{_files.Path("a.p12")} contains no certificate of its private key", one.Fault.Detail);
        Assert.Same(Reasons.KeyMismatch, two.Fault!.Reason);
        Assert.Equal($"{_files.Path("b.p12")} contains no certificate of any of its 2 private keys", two.Fault.Detail);
    }

    [Fact]
    public void A_certificate_that_is_no_anchor_in_a_bundle_is_reported_and_a_private_key_is_a_warning()
    {
        var revocation = Assert.Single(Trust(("a.crt", TestPki.Pem(_root) + _crl + _crl)).Notes);
        var key = Assert.Single(Trust(("a.crt", TestPki.Pem(_root) + _root.KeyPem)).Notes);
        var settings = Assert.Single(Trust(("a.crt", PemEncoding.WriteString("TRUSTED CERTIFICATE", [.. _root.Der, 0x30, 0x00]))).Notes);

        Assert.Contains("also contains 2 × X509 CRL (the first at line ", revocation.Detail, StringComparison.Ordinal);
        Assert.False(revocation.IsWarning);
        Assert.Contains("also contains 1 × PRIVATE KEY (at line ", key.Detail, StringComparison.Ordinal);
        Assert.True(key.IsWarning);
        Assert.Contains("1 certificate with OpenSSL trust settings", settings.Detail, StringComparison.Ordinal);
        Assert.True(settings.IsWarning);
    }

    [Fact]
    public void A_duplicate_anchor_counts_once_and_is_reported()
    {
        var material = Trust(("a.crt", TestPki.Pem(_root, _stranger, _root)), ("b.crt", TestPki.Pem(_stranger)));

        Assert.Equal(2, material.Good!.Anchors.Count);
        Assert.Equal(
            [
                $"{_files.Path("a.crt")} repeats 1 anchor, each of which counts once: {_root.Certificate}",
                $"{_files.Path("b.crt")} repeats 1 anchor, each of which counts once: {_stranger.Certificate}",
            ],
            material.Notes.Select(note => note.Detail));
    }

    [Fact]
    public void A_bad_anchor_of_the_machine_is_named_and_the_others_are_used()
    {
        var file = _files.Write("bundle.pem", TestPki.Pem(_root) + BadBlock() + TestPki.Pem(_stranger));

        var material = Looks.At(new TrustSource(TrustSource.System, [file, _files.Path("gone.pem")]));

        Assert.Null(material.Fault);
        Assert.Equal([_root.Certificate, _stranger.Certificate], material.Good!.Anchors);
        Assert.All(material.Notes, note => Assert.True(note.IsWarning));
        Assert.Equal(
            [
                $"{file} is damaged: certificate 2 of 3, at line {TestPki.Pem(_root).Count(c => c == '\n') + 1}, is not a certificate; the other anchors are used",
                $"{_files.Path("gone.pem")} does not exist; the other anchors are used",
            ],
            material.Notes.Select(note => note.Detail));
    }

    [Fact]
    public void Of_many_bad_anchors_in_a_file_of_the_machine_the_first_is_named_and_the_others_are_counted()
    {
        var file = _files.Write("bundle.pem", TestPki.Pem(_root) + string.Concat(Enumerable.Repeat(BadBlock(), 4)));

        var material = Looks.At(new TrustSource(TrustSource.System, [file]));

        Assert.EndsWith(", is not a certificate, nor are 3 others; the other anchors are used", Assert.Single(material.Notes).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_anchor_in_a_configured_bundle_is_a_fault_of_the_bundle()
    {
        var material = Trust(("a.crt", TestPki.Pem(_root) + BadBlock() + TestPki.Pem(_stranger)));

        Assert.Null(material.Good);
        Assert.Contains("certificate 2 of 3, at line ", material.Fault!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_to_anchors_that_one_file_also_contains_are_not_reported()
    {
        _files.Write("certs/ca-certificates.crt", TestPki.Pem(_root, _stranger));
        _files.Write("certs/12345678.0", TestPki.Pem(_root));

        Assert.Empty(Looks.At(new TrustSource(TrustSource.System, [_files.Path("certs")])).Notes);
    }

    [Fact]
    public void The_number_of_notes_is_bounded()
    {
        for (var i = 0; i < 50; i++) _files.Write($"certs/{i:00}", "words");
        _files.Write("certs/root.pem", TestPki.Pem(_root) + _crl);

        var notes = Looks.At(new TrustSource(TrustSource.System, [_files.Path("certs")])).Notes;

        Assert.Equal(11, notes.Count);
        Assert.Equal(new MaterialNote("and 41 more like this") { IsWarning = true }, notes[10]);
    }

    [Fact]
    public void The_certificates_after_the_expected_one_are_reported()
    {
        var note = Assert.Single(Pin(TestPki.Pem(_intermediate, _root)).Notes);

        Assert.Equal($"{_files.Path("pin.crt")} holds 2 certificates: the first is the expected one; the others are ignored", note.Detail);
        Assert.False(note.IsWarning);
    }

    private static string BadBlock() => PemEncoding.WriteString("CERTIFICATE", [0x30, 0x03, 1, 2, 3]) + "\n";

    private static byte[] KeyBag(TestCertificate certificate) => HandmadePkcs12.Key(certificate.Key.ExportPkcs8PrivateKey());

    private static byte[] Bag(TestCertificate certificate) => HandmadePkcs12.Certificate(certificate.Der);

    private Material<Credential> Pem(string certificates, string key) =>
        Looks.At(new PemFiles(_files.Write("a.crt", certificates), _files.Write("a.key", key), null));

    private Material<Credential> Pkcs12(byte[] file) => Looks.At(new Pkcs12File(_files.Write("a.p12", file), _files.Write("a.pass", "secret")));

    private Material<TrustBundle> Trust(params (string Name, string Text)[] texts) =>
        Looks.At(new TrustSource("internal", [.. texts.Select(text => _files.Write(text.Name, text.Text))]));

    private Material<PinnedCertificate> Pin(string text) => Looks.At(new PinnedFile(_files.Write("pin.crt", text)));
}
