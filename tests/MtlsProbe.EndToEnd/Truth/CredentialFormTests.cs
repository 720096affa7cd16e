using System.Security.Cryptography;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// A good credential is accepted in every form on disk, from a configuration or from the command line; broken files are reported as our own fault.
/// Every run is also searched for secrets.
/// </summary>
[Collection(RealServersTests.Name)]
public sealed class CredentialFormTests(ServerRange range, CredentialFormTests.Round round) : IClassFixture<CredentialFormTests.Round>
{
    private static readonly string[] s_good =
    [
        "certificate: GOOD.crt, key: GOOD.key",
        "certificate: GOOD.crt, key: encrypted.key, passphrase_file: passphrase",
        "certificate: GOOD.crt, key: sec1.key",
        "certificate: RSA.crt, key: RSA.key",
        "certificate: RSA.crt, key: pkcs1.key",
        "certificate: both.pem, key: both.pem",
        "pkcs12: good.p12, passphrase_file: passphrase",
        "directory: secret",
    ];

    private static readonly (string Source, string Verdict)[] s_broken =
    [
        ("certificate: absent.crt, key: GOOD.key", "failed identity not_found"),
        ("certificate: GOOD.crt, key: absent.key", "failed identity not_found"),
        ("certificate: garbage, key: GOOD.key", "failed identity bad_format"),
        ("certificate: GOOD.crt, key: garbage", "failed identity bad_format"),
        ("certificate: GOOD.crt, key: RSA.key", "failed identity key_mismatch"),
        ("certificate: GOOD.crt, key: encrypted.key, passphrase_file: wrong-passphrase", "failed identity wrong_passphrase"),
        ("certificate: GOOD.crt, key: encrypted.key", "failed identity wrong_passphrase"),
        ("pkcs12: good.p12, passphrase_file: wrong-passphrase", "failed identity wrong_passphrase"),
        ("directory: absent", "failed identity not_found"),
    ];

    private const string WithoutIntermediate = "certificate: leaf-only.crt, key: GOOD.key";

    public static TheoryData<string> Good => s_good.ToRows();

    public static TheoryData<string, string> Broken => s_broken.ToRows();

    [RealServersTheory]
    [MemberData(nameof(Good))]
    public async Task A_good_credential_is_accepted_in_every_form(string source)
    {
        var record = await round.Record(range, source);
        Assert.True(record.Verdict == "accepted", record.ToString());
    }

    [RealServersTheory]
    [MemberData(nameof(Broken))]
    public async Task Broken_files_are_our_own_fault(string source, string verdict)
    {
        var record = await round.Record(range, source);
        Assert.True(record.Verdict == verdict, $"expected: {verdict}\n{record}");
        Assert.Equal("identity", record.Phase);
    }

    [RealServersFact]
    public async Task A_credential_without_its_intermediate_is_refused_as_unknown()
    {
        var record = await round.Record(range, WithoutIntermediate);
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
        var port = range["haproxy-tcp"].Port;
        string[] arguments =
        [
            "probe", $"127.0.0.1:{port}", .. credential.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(round.Expand),
            "--ca", range.Files.Root, "--server-name", TestPki.ServerName, "--protocol", "tls",
        ];

        var record = Assert.Single(Mtlsprobe.Records(await Mtlsprobe.Run([.. arguments, "--output", "json"])));
        Assert.Equal(verdict, record.Verdict);
        Assert.Equal(verdict == "accepted" ? 0 : 1, (await Mtlsprobe.Run(arguments)).ExitCode);
    }

    /// <summary>The files, and one run of the program with a target for each form.</summary>
    public sealed class Round : IDisposable
    {
        private readonly Workspace _workspace = new("forms");
        private readonly PkiFiles _files;
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _records;

        public Round()
        {
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

        public void Dispose() => _workspace.Dispose();

        /// <param name="source">The credential, as in a configuration.</param>
        internal async Task<ProbeRecord> Record(ServerRange range, string source) => (await (_records ??= Probe(range)))[Name(source)];

        /// <summary>A word that is the name of a file becomes its path.</summary>
        internal string Expand(string word)
        {
            if (word.StartsWith('-')) return word;
            var comma = word.EndsWith(',') ? "," : "";
            var name = word.TrimEnd(',');
            var path = name.StartsWith("GOOD", StringComparison.Ordinal) || name.StartsWith("RSA", StringComparison.Ordinal)
                ? _workspace.PathOf("pki/client/" + name.Replace("GOOD", "good", StringComparison.Ordinal).Replace("RSA", "rsa", StringComparison.Ordinal))
                : _workspace.PathOf(name);
            return path + comma;
        }

        private Task<IReadOnlyDictionary<string, ProbeRecord>> Probe(ServerRange range)
        {
            string[] sources = [.. s_good, .. s_broken.Select(broken => broken.Source), WithoutIntermediate];
            var configuration = new ConfigFile(_files, [.. sources.Select(source => new TargetEntry(Name(source), range["haproxy-tcp"].Port) { Identity = Name(source) })])
            {
                MoreIdentities = string.Concat(sources.Select(source => $"  {Name(source)}:\n    current: {{ {Words(source)} }}\n")),
            };
            return Mtlsprobe.Probe(configuration, _workspace);
        }

        private string Words(string source) => string.Join(' ', source.Split(' ').Select(word => word.EndsWith(':') ? word : Expand(word)));

        private static string Name(string source) => source.Replace(": ", "-", StringComparison.Ordinal).Replace(", ", "-", StringComparison.Ordinal);
    }
}
