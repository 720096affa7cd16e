using System.Text.RegularExpressions;

namespace MtlsProbe.Tests;

/// <summary>
/// Enforces the floors: each folder of the program is on a floor and uses only lower floors, never its own, and only three folders manage memory by
/// hand (docs/decisions/0008-floors.md).
/// </summary>
public partial class FloorsTests
{
    private static readonly Dictionary<string, int> s_floors = new()
    {
        ["Values"] = 0, ["Posix"] = 0, ["Loops"] = 0,
        ["Text"] = 1, ["Files"] = 1, ["Readiness"] = 1,
        ["Certificates"] = 2, ["ApiCalls"] = 2, ["DnsQueries"] = 2,
        ["Model"] = 3, ["Keystores"] = 3,
        ["Config"] = 4, ["OpenSsl"] = 4, ["Pkcs11"] = 4, ["Metrics"] = 4, ["Feed"] = 4,
        ["Clusters"] = 5,
        ["Credentials"] = 6, ["Trust"] = 6, ["Discovery"] = 6, ["Inventories"] = 6,
        ["Handshake"] = 7, ["Forecast"] = 7, ["Revocation"] = 7,
        ["Verdicts"] = 8,
        ["Probing"] = 9,
        ["Rotation"] = 10,
        ["Checks"] = 11, ["Api"] = 11, ["Terminal"] = 11,
        ["Web"] = 12, ["Cli"] = 12, ["Demo"] = 12,
    };

    /// <summary>The exceptions on the same floor.</summary>
    private static readonly HashSet<(string From, string To)> s_doors = [("Cli", "Web"), ("Cli", "Demo")];

    private static string Program { get; } = Path.Combine(Repository.Root, "src", "MtlsProbe");

    [Fact]
    public void Every_folder_is_on_a_floor() => Assert.Equal(
        s_floors.Keys.Order(),
        from folder in Directory.GetDirectories(Program)
        let name = Path.GetFileName(folder)
        where name is not ("bin" or "obj") && Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any()
        orderby name
        select name);

    [Fact]
    public void Every_folder_uses_lower_floors_only() => Assert.Empty(
        from source in Sources()
        from used in Uses(source.Folder, source.Code)
        select $"{source.Folder}/{source.File} uses {used}");

    [Fact]
    public void Every_file_has_the_namespace_of_its_folder() => Assert.Empty(
        from source in Sources()
        where !source.Code.Contains($"namespace MtlsProbe.{source.Folder};", StringComparison.Ordinal)
        select $"{source.Folder}/{source.File}");

    [Fact]
    public void No_two_types_have_the_same_name() => Assert.Empty(
        from type in
            from source in Sources()
            from Match match in TypeDeclaration().Matches(source.Code)
            select (Name: match.Groups["name"].Value, source.Folder)
        group type.Folder by type.Name into places
        where places.Distinct().Count() > 1
        select $"{places.Key}: {string.Join(", ", places.Distinct())}");

    [Fact]
    public void Memory_is_handled_by_hand_in_OpenSsl_Pkcs11_and_Posix_only() => Assert.Empty(
        from source in Sources()
        where source.Folder is not ("OpenSsl" or "Pkcs11" or "Posix") && ByHand().IsMatch(source.Code)
        select $"{source.Folder}/{source.File}: {ByHand().Match(source.Code).Value}");

    [Theory]
    [InlineData("Model", "using MtlsProbe.Config;", "Config")]
    [InlineData("Config", "using MtlsProbe.OpenSsl;", "OpenSsl")] // on the same floor
    [InlineData("Handshake", "var plan = MtlsProbe.Probing.ProbePlan.From(c);", "Probing")]
    [InlineData("Probing", "var text = Web.Answer.TextAsync();", "Web")]
    [InlineData("Probing", "using MtlsProbe.Rotation;", "Rotation")]
    [InlineData("Web", "using static MtlsProbe.Cli.ExitCode;", "Cli")]
    public void The_rule_finds_violations(string folder, string code, string used) => Assert.Equal([used], Uses(folder, Bare(code)));

    [Theory]
    [InlineData("Probing", "using MtlsProbe.Model; using MtlsProbe.Handshake;")]
    [InlineData("Cli", "using MtlsProbe.Web; using MtlsProbe.Demo;")]
    [InlineData("Model", "/// <see cref=\"MtlsProbe.Web.Answer\"/> and // MtlsProbe.Web.Answer")]
    [InlineData("Model", "var text = \"MtlsProbe.Web\"; var time = timings.Handshake.Value;")]
    public void The_rule_accepts_valid_code(string folder, string code) => Assert.Empty(Uses(folder, Bare(code)));

    [Theory]
    [InlineData("internal static unsafe class X;", true)]
    [InlineData("[LibraryImport(Library.Ssl)]", true)]
    [InlineData("Marshal.Copy(a, b, 0, 1);", true)]
    [InlineData("MemoryMarshal.AsBytes(span); // not unsafe", false)]
    public void The_rule_of_memory_finds_violations_and_nothing_else(string code, bool broken) => Assert.Equal(broken, ByHand().IsMatch(Bare(code)));

    private static IEnumerable<(string Folder, string File, string Code)> Sources() =>
        from folder in s_floors.Keys
        from file in Directory.EnumerateFiles(Path.Combine(Program, folder), "*.cs", SearchOption.AllDirectories)
        select (folder, Path.GetFileName(file), Bare(File.ReadAllText(file)));

    /// <summary>The folders that code of <paramref name="folder"/> uses against the rule.</summary>
    private static IEnumerable<string> Uses(string folder, string code) => Folder().Matches(code)
        .Select(match => match.Groups["folder"].Value)
        .Where(used => used != folder && s_floors.TryGetValue(used, out var floor) && floor >= s_floors[folder] && !s_doors.Contains((folder, used)))
        .Distinct();

    /// <summary>Code without comments and texts.</summary>
    private static string Bare(string source) => CommentOrText().Replace(source, " ");

    /// <summary>The name of a folder, in full or in the short form that code below the namespace MtlsProbe can use.</summary>
    [GeneratedRegex(@"\bMtlsProbe\.(?<folder>\w+)|(?<![\w.])(?<folder>\w+)\.[A-Z]")]
    private static partial Regex Folder();

    /// <summary>Pointers need no pattern of their own: they only occur in unsafe code.</summary>
    [GeneratedRegex(@"\bunsafe\b|\bLibraryImport\b|\bDllImport\b|\bMarshal\.|\bNativeLibrary\b|\bUnmanagedCallersOnly\b")]
    private static partial Regex ByHand();

    /// <summary>Types that are not nested in another.</summary>
    [GeneratedRegex(@"^(?:internal|public) (?:(?:static|sealed|abstract|readonly|partial|unsafe|delegate) )*(?:record struct|record|class|struct|interface|enum|[\w<>?\[\], ]+(?= \w+\()) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex("""
        //[^\n]* | /\*.*?\*/ | "{3}.*?"{3} | @"(""|[^"])*" | "(\\.|[^"\\\n])*"
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex CommentOrText();
}
