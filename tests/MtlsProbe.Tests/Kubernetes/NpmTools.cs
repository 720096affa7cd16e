using System.Security.Cryptography;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>
/// The packages of <c>tests/npm</c>, which <c>test.sh</c> has installed into the cache directory: helm, kubectl with kustomize, and models of
/// Kubernetes objects.
/// </summary>
internal static class NpmTools
{
    private static readonly string s_sources = Path.Combine(Repository.Root, "tests", "npm");

    /// <summary>A sentence that says what is missing, or null; in CI nothing is.</summary>
    public static string? Missing { get; } = Environment.GetEnvironmentVariable("CI") == "true" || Directory.Exists(Folder)
        ? null
        : "not installed: the packages of tests/npm (run ./test.sh where npm can download)";

    public static string Helm => Path.Combine(Folder, "layer", "helm", "helm");

    public static string Kubectl => Path.Combine(Folder, "layer", "kubectl", "kubectl");

    private static string Folder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "mtlsprobe", "npm", Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(s_sources, "package-lock.json"))))[..16]);

    /// <summary>The faults of the objects, one per line; empty if there are none.</summary>
    /// <param name="objects">YAML documents.</param>
    public static async Task<string> FaultsOf(string objects)
    {
        var (exitCode, output, error) = await Tool.RunIn(Folder, objects, Needs.Find("node"), [Path.Combine(s_sources, "check-objects.mjs")]);
        Assert.Equal((output.Length == 0 ? 0 : 1, ""), (exitCode, error));
        return output;
    }

    /// <summary>The output of kustomize for a directory.</summary>
    public static async Task<string> Kustomize(string folder)
    {
        var (exitCode, output, error) = await Tool.RunIn(Repository.Root, "", Kubectl, ["kustomize", folder]);
        Assert.Equal((0, ""), (exitCode, error));
        return output;
    }
}

/// <summary>A fact that needs helm, kubectl or the models of objects.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NpmToolsFactAttribute : FactAttribute
{
    public NpmToolsFactAttribute() => Skip = NpmTools.Missing;
}

/// <summary>A theory that needs helm, kubectl or the models of objects.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NpmToolsTheoryAttribute : TheoryAttribute
{
    public NpmToolsTheoryAttribute() => Skip = NpmTools.Missing;
}
