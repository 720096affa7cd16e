using System.Text.RegularExpressions;

namespace MtlsProbe.Tests;

/// <summary>The rule of the floors: a folder uses only lower floors, so that data flows one way. Held over the source text.</summary>
public partial class FloorsTests
{
    private static readonly Dictionary<string, int> Floors = new()
    {
        ["Model"] = 0,
        ["Config"] = 1, ["OpenSsl"] = 1, ["Metrics"] = 1, ["Diagnosis"] = 1,
        ["Credentials"] = 2, ["Chains"] = 2,
        ["Handshake"] = 3,
        ["Probing"] = 4,
        ["Web"] = 5,
        ["Demo"] = 6, ["Cli"] = 7,
    };

    private static string Source => Path.Combine(Repository.Root, "src", "MtlsProbe");

    [Fact]
    public void Every_folder_has_a_floor()
    {
        var folders = Directory.GetDirectories(Source).Select(Path.GetFileName).Except(["bin", "obj"]);
        Assert.Equal(Floors.Keys.Order(), folders.Order());
    }

    [Fact]
    public void A_folder_uses_only_lower_floors()
    {
        var climbing =
            from file in Files()
            let folder = Path.GetFileName(Path.GetDirectoryName(file)!)
            where Floors.ContainsKey(folder)
            from Match use in Use().Matches(File.ReadAllText(file))
            let used = use.Groups["folder"].Value
            where used != folder && Floors.TryGetValue(used, out var floor) && floor >= Floors[folder]
            select $"{folder}/{Path.GetFileName(file)} uses {used}";
        Assert.Empty(climbing.Distinct());
    }

    [Fact]
    public void Unsafe_code_and_native_calls_stand_in_one_folder()
    {
        var elsewhere =
            from file in Files()
            where Path.GetFileName(Path.GetDirectoryName(file)) != "OpenSsl"
            where Unsafe().IsMatch(File.ReadAllText(file))
            select file;
        Assert.Empty(elsewhere);
    }

    private static IEnumerable<string> Files() =>
        Directory.GetFiles(Source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(Path.Combine(Source, "obj"), StringComparison.Ordinal) && !file.StartsWith(Path.Combine(Source, "bin"), StringComparison.Ordinal));

    [GeneratedRegex(@"\bMtlsProbe\.(?<folder>[A-Z][A-Za-z]+)\b")]
    private static partial Regex Use();

    [GeneratedRegex(@"\bunsafe\b(?!-)|\bLibraryImport\b|\bDllImport\b|\bNativeMemory\b|\bstackalloc\b[^;]*\*")]
    private static partial Regex Unsafe();
}
