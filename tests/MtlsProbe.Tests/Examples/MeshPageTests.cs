using System.Text.RegularExpressions;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Examples;

/// <summary>check-config accepts each configuration of docs/mesh.md, with credentials of the mesh in its files.</summary>
public sealed partial class MeshPageTests : IDisposable
{
    private const string AgentDirectory = "/etc/istio-output-certs/";

    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "mesh.md"));

    private readonly TempFiles _files = new();

    public static TheoryData<string> Configurations => [.. Configuration().Matches(s_page).Select(match => match.Groups["name"].Value)];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Each_mesh_has_one() => Assert.Equal(
        ["istio-strict.yml", "istio-permissive.yml", "istio-gateway.yml", "istio-ambient.yml", "linkerd.yml", "spire.yml"], Configuration().Matches(s_page).Select(match => match.Groups["name"].Value));

    [Theory]
    [MemberData(nameof(Configurations))]
    public async Task Each_configuration_is_valid(string name)
    {
        var yaml = Configuration().Matches(s_page).Single(match => match.Groups["name"].Value == name).Groups["text"].Value.Replace(AgentDirectory, "certs/", StringComparison.Ordinal);
        var root = TestPki.Root("Mesh");
        var client = root.Client("prober", t => t with { Uris = ["spiffe://cluster.local/ns/monitoring/sa/mtlsprobe"] });
        foreach (var path in FilePath().Matches(yaml).Select(match => match.Value).Distinct())
            _files.Write(path, path.EndsWith("key", StringComparison.Ordinal) || path.EndsWith("key.pem", StringComparison.Ordinal) ? client.KeyPem : IsTrust(path) ? root.CertificatePem : client.CertificatePem);

        var printed = await Cli.Terminal.RunAsync("check-config", _files.Write(name, yaml));

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.DoesNotContain("warning", printed.Output, StringComparison.Ordinal);
    }

    private static bool IsTrust(string path) => path.Contains("root", StringComparison.Ordinal) || path.Contains("anchors", StringComparison.Ordinal) || path.Contains("bundle", StringComparison.Ordinal);

    [GeneratedRegex(@"```yaml\n# (?<name>[a-z-]+\.yml)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Configuration();

    [GeneratedRegex(@"certs/[a-z0-9.-]+")]
    private static partial Regex FilePath();
}
