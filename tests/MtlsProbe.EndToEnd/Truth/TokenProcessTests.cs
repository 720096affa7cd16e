using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Keys in tokens of SoftHSM, used by the program as shipped, with a real server: one process that probes with each of them. The environment names
/// the module. Every run is searched for the PIN.
/// </summary>
[Collection(RealServersTests.Name)]
public sealed class TokenProcessTests(ServerRange range) : IDisposable
{
    private const string Pin = "593817264";

    private readonly Workspace _workspace = new("token");

    [TokenFact]
    public async Task A_key_in_a_token_works_like_its_file_and_the_PIN_stays_in_its_own_file()
    {
        var hsm = Unpacked.Package("softhsm2");
        var files = new PkiFiles(_workspace, TestPki.Shared);
        var environment = new Dictionary<string, string>
        {
            ["SOFTHSM2_CONF"] = _workspace.Write("softhsm2.conf", $"directories.tokendir = {_workspace.Folder("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n"),
            ["PKCS11_MODULE_PATH"] = hsm.Find("libsofthsm2.so"),
        };
        await Util(hsm, environment, "--init-token", "--free", "--label", "probe", "--pin", Pin, "--so-pin", "11223344");
        foreach (var name in (string[])["good", "rsa"])
            await Util(hsm, environment, "--import", files.ClientKey(name), "--token", "probe", "--label", name, "--id", name == "good" ? "01" : "02", "--pin", Pin);
        var (right, wrong) = (_workspace.Write("pin", Pin + "\n"), _workspace.Write("wrong", "00" + Pin));
        (string Name, string Credential, string? Version, string Verdict)[] cases =
        [
            ("ec-12", $"certificate: {files.ClientCertificate("good")}, key: \"pkcs11:token=probe;object=good\", pin_file: {right}", "1.2", "accepted"),
            ("ec-13", $"certificate: {files.ClientCertificate("good")}, key: \"pkcs11:token=probe;object=good\", pin_file: {right}", "1.3", "accepted"),
            ("rsa-12", $"certificate: {files.ClientCertificate("rsa")}, key: \"pkcs11:token=probe;id=%02\", pin_file: {right}", "1.2", "accepted"),
            ("rsa-13", $"certificate: {files.ClientCertificate("rsa")}, key: \"pkcs11:token=probe;id=%02\", pin_file: {right}", "1.3", "accepted"),
            ("other-key", $"certificate: {files.ClientCertificate("good")}, key: \"pkcs11:token=probe;object=rsa\", pin_file: {right}", null, "failed identity key_mismatch"),
            ("no-token", $"certificate: {files.ClientCertificate("good")}, key: \"pkcs11:token=none\", pin_file: {right}", null, "failed identity token_unavailable"),
        ];

        var records = await Mtlsprobe.Probe(
            new ConfigFile(files, [.. cases.Select(one => new TargetEntry(one.Name, range["haproxy-tcp"].Port) { Identity = one.Name, Version = one.Version })])
            {
                Identities = [],
                MoreIdentities = string.Concat(cases.Select(one => $"  {one.Name}:\n    current: {{ {one.Credential} }}\n")),
            },
            _workspace,
            environment);
        Assert.Equal(cases.Select(one => $"{one.Name}: {one.Verdict}"), cases.Select(one => $"{one.Name}: {records[one.Name].Verdict}"));

        await using var refused = Mtlsprobe.Start(
            ["probe", $"127.0.0.1:{range["haproxy-tcp"].Port}", "--server-name", TestPki.ServerName, "--ca", files.Root, "--protocol", "tls", "--log.level", "debug",
                "--cert", files.ClientCertificate("good"), "--key", "pkcs11:token=probe;object=good", "--pin-file", wrong],
            environment);
        Assert.Equal(1, await refused.Exit(TimeSpan.FromMinutes(1)));
        Assert.Contains("wrong_pin", refused.Output, StringComparison.Ordinal);
        foreach (var output in (string[])[refused.Output, .. records.Values.Select(record => record.ToString())]) Assert.DoesNotContain(Pin, output, StringComparison.Ordinal);
    }

    public void Dispose() => _workspace.Dispose();

    private static async Task Util(Unpacked hsm, Dictionary<string, string> environment, params string[] arguments)
    {
        await using var util = hsm.Start("softhsm2-util", "usr/bin/softhsm2-util", ["--module", hsm.Find("libsofthsm2.so"), .. arguments], environment);
        Assert.True(await util.Exit(TimeSpan.FromMinutes(1)) == 0, util.Output);
    }
}

/// <summary>A fact about keys in tokens and a real server.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TokenFactAttribute : FactAttribute
{
    public TokenFactAttribute() => Skip = RealServers.Missing ?? Unpacked.Missing("softhsm2");
}
