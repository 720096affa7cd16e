using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Packaging;

/// <summary>What <c>packaging/packs.sh</c> and <c>packaging/sbom.jq</c> add to the packages of the lock file.</summary>
public sealed class SbomTests : IDisposable
{
    private const string Listed = """
        {
          "metadata": { "component": { "bom-ref": "mtlsprobe@1.2.3", "name": "mtlsprobe" } },
          "components": [{ "name": "Serilog", "purl": "pkg:nuget/Serilog@4.4.0", "scope": "required" }],
          "dependencies": [{ "ref": "pkg:nuget/Serilog@4.4.0" }, { "ref": "mtlsprobe@1.2.3", "dependsOn": ["pkg:nuget/Serilog@4.4.0"] }]
        }
        """;

    private readonly Workspace _workspace = new("sbom");

    public void Dispose() => _workspace.Dispose();

    [NeedsFact("jq")]
    public async Task The_runtime_is_part_of_the_program_and_the_compiler_is_not_and_both_have_the_hash_of_their_package()
    {
        var sbom = JsonNode.Parse(await Sbom(Assets()))!;
        var components = sbom["components"]!.AsArray().ToDictionary(component => (string)component!["purl"]!, component => component!);

        Assert.Equal(
            [
                ("pkg:nuget/Microsoft.DotNet.ILCompiler@10.0.9", "excluded"), ("pkg:nuget/Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64@10.0.9", "required"),
                ("pkg:nuget/Serilog@4.4.0", "required"), ("pkg:nuget/runtime.linux-x64.Microsoft.DotNet.ILCompiler@10.0.9", "excluded"),
            ],
            components.Select(component => (component.Key, (string)component.Value["scope"]!)));
        Assert.All(components.Values.Where(component => (string)component["name"]! != "Serilog"), component =>
            Assert.Equal(Convert.ToHexString(Hash((string)component["name"]!)), (string)component["hashes"]![0]!["content"]!));
        Assert.Equal(
            components.Keys,
            sbom["dependencies"]!.AsArray().Single(dependency => (string)dependency!["ref"]! == "mtlsprobe@1.2.3")!["dependsOn"]!.AsArray().Select(purl => (string)purl!));
    }

    /// <summary>What NuGet leaves of a publish for linux-x64: packages, and the file that names them.</summary>
    private string Assets()
    {
        foreach (var name in (string[])["Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64", "Microsoft.DotNet.ILCompiler", "runtime.linux-x64.Microsoft.DotNet.ILCompiler"])
        {
            var lower = name.ToLowerInvariant();
            _workspace.Write($"packages/{lower}/10.0.9/{lower}.10.0.9.nupkg.sha512", Convert.ToBase64String(Hash(name)));
        }

        return _workspace.Write("project.assets.json", $$"""
            {
              "libraries": { "Serilog/4.4.0": {}, "Microsoft.DotNet.ILCompiler/10.0.9": {}, "runtime.linux-x64.Microsoft.DotNet.ILCompiler/10.0.9": {} },
              "project": {
                "restore": { "packagesPath": "{{_workspace.PathOf("packages")}}/" },
                "frameworks": {
                  "net10.0": {
                    "downloadDependencies": [
                      { "name": "Microsoft.NETCore.App.Runtime.linux-x64", "version": "[10.0.9, 10.0.9]" },
                      { "name": "Microsoft.NETCore.App.Runtime.NativeAOT.linux-x64", "version": "[10.0.9, 10.0.9]" },
                      { "name": "runtime.linux-x64.Microsoft.DotNet.ILCompiler", "version": "[10.0.9, 10.0.9]" }
                    ]
                  }
                }
              }
            }
            """);
    }

    private async Task<string> Sbom(string assets)
    {
        var packs = _workspace.Write("packs.json", await DebianPackage.Run(Script("packs.sh"), assets, "linux-x64"));
        return await DebianPackage.Run(
            "jq", "--arg", "at", "2026-01-02T03:04:05Z", "--arg", "commit", "abc", "--slurpfile", "packs", packs, "-f", Script("sbom.jq"), _workspace.Write("packages.json", Listed));
    }

    private static byte[] Hash(string name) => SHA512.HashData(System.Text.Encoding.UTF8.GetBytes(name));

    private static string Script(string name) => Path.Combine(Repository.Root, "packaging", name);
}
