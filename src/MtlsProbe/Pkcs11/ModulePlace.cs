using MtlsProbe.Model;

namespace MtlsProbe.Pkcs11;

/// <summary>
/// The PKCS#11 module for a key: the one in its URI, otherwise the one in the environment, otherwise p11-kit's, which gives access to all installed
/// modules.
/// </summary>
internal static class ModulePlace
{
    /// <summary>The environment variable with the module for URIs that name none.</summary>
    public const string Variable = "PKCS11_MODULE_PATH";

    private static readonly string[] s_roots = ["/usr/local/lib", "/usr/lib", "/usr/lib64"];
    private static readonly string[] s_kinds = ["pkcs11", "softhsm", ""];
    private static readonly string[] s_folders = [.. s_roots.SelectMany(Below)];

    /// <param name="usual">The module from the environment; null or empty: none.</param>
    /// <exception cref="TokenException">No module is named, and p11-kit is not installed.</exception>
    public static string Of(TokenUri uri, string? usual)
    {
        if (uri.ModulePath is { } path) return path;
        if (uri.ModuleName is { } name)
        {
            return Existing([$"{name}.so", $"lib{name}.so"])
                ?? throw new TokenException(Reasons.TokenUnavailable, $"no PKCS#11 module {name}.so is in {string.Join(", ", s_folders)}: install it, or set module-path=… in the URI");
        }

        if (!string.IsNullOrEmpty(usual)) return usual;
        return Existing(["p11-kit-proxy.so"])
            ?? throw new TokenException(Reasons.TokenUnavailable,
                $"no PKCS#11 module is configured for {uri}: set ?module-path=/FOLDER/MODULE.so in the URI or {Variable} in the environment, or install p11-kit, which finds all installed modules");
    }

    private static string? Existing(string[] names) => (from folder in s_folders from name in names select Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>The directories of distributions: a separate one, that of other libraries, or one with the module's name.</summary>
    private static IEnumerable<string> Below(string root)
    {
        var libraries = Path.Combine(root, System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu");
        return from folder in (string[])[libraries, root] from below in s_kinds select Path.Combine(folder, below).TrimEnd('/');
    }
}
