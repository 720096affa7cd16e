using System.Security.Cryptography;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// A good credential is accepted in whatever form it lies on disk, named in a configuration or on the command line; broken files are
/// told as our own fault. Every run is searched for secrets besides.
/// </summary>
[Collection(RealServersTests.Name)]
public sealed class CredentialFormTests : IDisposable
{
    private readonly ServerRange _range;
    private readonly Workspace _workspace = new("forms");
    private readonly PkiFiles _files;

    public CredentialFormTests(ServerRange range)
    {
        _range = range;
        _files = new PkiFiles(_workspace, TestPki.Shared);
        var good = TestPki.Shared.Clients["good"];
        var rsa = TestPki.Shared.Clients["rsa"];
        _workspace.Write("passphrase", TestPki.Passphrase + "\n");
        _workspace.Write("wrong-passphrase", "not " + TestPki.Passphrase + "\n");
        _workspace.Write("encrypted.key", good.EncryptedKeyPem(TestPki.Passphrase));
        _workspace.Write("sec1.key", ((ECDsa)good.Key).ExportECPrivateKeyPem());
        _workspace.Write("pkcs1.key", ((RSA)rsa.Key).ExportRSAPrivateKeyPem());
        _workspace.Write("both.pem", good.ChainPem + good.KeyPem);
        _workspace.Write("good.p12", good.Pkcs12(TestPki.Passphrase));
        _workspace.Write("secret/tls.crt", good.ChainPem);
        _workspace.Write("secret/tls.key", good.KeyPem);
        _workspace.Write("leaf-only.crt", good.CertificatePem);
        _workspace.Write("garbage", "-----BEGIN CERTIFICATE-----\nthis is none\n-----END CERTIFICATE-----\n");
    }

    [RealServersTheory]
    [InlineData("certificate: GOOD.crt, key: GOOD.key")]
    [InlineData("certificate: GOOD.crt, key: encrypted.key, passphrase_file: passphrase")]
    [InlineData("certificate: GOOD.crt, key: sec1.key")]
    [InlineData("certificate: RSA.crt, key: RSA.key")]
    [InlineData("certificate: RSA.crt, key: pkcs1.key")]
    [InlineData("certificate: both.pem, key: both.pem")]
    [InlineData("pkcs12: good.p12, passphrase_file: passphrase")]
    [InlineData("directory: secret")]
    public async Task A_good_credential_is_accepted_in_every_form(string source)
    {
        var record = await Probe(source);
        Assert.True(record.Verdict == "accepted", record.ToString());
    }

    [RealServersTheory]
    [InlineData("certificate: absent.crt, key: GOOD.key", "failed identity not_found")]
    [InlineData("certificate: GOOD.crt, key: absent.key", "failed identity not_found")]
    [InlineData("certificate: garbage, key: GOOD.key", "failed identity bad_format")]
    [InlineData("certificate: GOOD.crt, key: garbage", "failed identity bad_format")]
    [InlineData("certificate: GOOD.crt, key: RSA.key", "failed identity key_mismatch")]
    [InlineData("certificate: GOOD.crt, key: encrypted.key, passphrase_file: wrong-passphrase", "failed identity wrong_passphrase")]
    [InlineData("certificate: GOOD.crt, key: encrypted.key", "failed identity wrong_passphrase")]
    [InlineData("pkcs12: good.p12, passphrase_file: wrong-passphrase", "failed identity wrong_passphrase")]
    [InlineData("directory: absent", "failed identity not_found")]
    public async Task Broken_files_are_our_own_fault(string source, string verdict)
    {
        var record = await Probe(source);
        Assert.True(record.Verdict == verdict, $"expected: {verdict}\n{record}");
        Assert.Equal("identity", record.Phase);
    }

    [RealServersFact]
    public async Task A_credential_without_its_intermediate_is_refused_as_unknown()
    {
        var record = await Probe("certificate: leaf-only.crt, key: GOOD.key");
        Assert.Equal("rejected client_certificate unknown_ca 48", record.Verdict);
    }

    [RealServersTheory]
    [InlineData("--cert GOOD.crt --key GOOD.key", "accepted")]
    [InlineData("--cert GOOD.crt --key encrypted.key --key-passphrase-file passphrase", "accepted")]
    [InlineData("--pkcs12 good.p12 --key-passphrase-file passphrase", "accepted")]
    [InlineData("--pkcs12 good.p12 --key-passphrase-file wrong-passphrase", "failed identity wrong_passphrase")]
    [InlineData("", "rejected client_certificate certificate_required 116")]
    public async Task An_address_is_probed_with_the_credential_of_the_command_line(string credential, string verdict)
    {
        var port = _range["haproxy-tcp"].Port;
        string[] arguments =
        [
            "probe", $"127.0.0.1:{port}", .. credential.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Expand),
            "--ca", _files.Root, "--server-name", TestPki.ServerName, "--protocol", "tls",
        ];

        var record = Assert.Single(Mtlsprobe.Records(await Mtlsprobe.Run([.. arguments, "--output", "json"])));
        Assert.Equal(verdict, record.Verdict);
        Assert.Equal(verdict == "accepted" ? 0 : 1, (await Mtlsprobe.Run(arguments)).ExitCode);
    }

    public void Dispose() => _workspace.Dispose();

    private async Task<ProbeRecord> Probe(string source)
    {
        var words = string.Join(' ', source.Split(' ').Select(word => word.EndsWith(':') ? word : Expand(word)));
        var target = new TargetEntry("server", _range["haproxy-tcp"].Port) { Identity = "formed" };
        var configuration = new ConfigFile(_files, [target]) { MoreIdentities = $"  formed:\n    current: {{ {words} }}\n" };
        return (await Mtlsprobe.Probe(configuration, _workspace))["server"];
    }

    /// <summary>A word that is a file's name becomes its path.</summary>
    private string Expand(string word)
    {
        if (word.StartsWith('-')) return word;
        var comma = word.EndsWith(',') ? "," : "";
        var name = word.TrimEnd(',');
        var path = name.StartsWith("GOOD", StringComparison.Ordinal) || name.StartsWith("RSA", StringComparison.Ordinal)
            ? _workspace.PathOf("pki/client/" + name.Replace("GOOD", "good", StringComparison.Ordinal).Replace("RSA", "rsa", StringComparison.Ordinal))
            : _workspace.PathOf(name);
        return path + comma;
    }
}
