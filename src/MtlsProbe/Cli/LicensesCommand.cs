using System.CommandLine;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe licenses</c>: the license of this program, and the notices of its components.</summary>
internal static class LicensesCommand
{
    /// <summary>
    /// Texts inside the program, in the order in which they are printed; those of .NET are in files of a package that contains it (MtlsProbe.csproj).
    /// </summary>
    private const string Folder = "licenses/";

    public static Command Create(Surroundings surroundings)
    {
        var command = new ExampledCommand(
            "licenses",
            "Print the license of MtlsProbe and the notices of the components in this program.",
            "mtlsprobe licenses");
        command.SetAction(_ => Run(surroundings.Output));
        return command;
    }

    private static int Run(TextWriter output)
    {
        var assembly = typeof(LicensesCommand).Assembly;
        foreach (var (index, name) in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Index())
        {
            if (index > 0) output.Write("\n\n");
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            output.Write(text.ReadToEnd().ReplaceLineEndings("\n").TrimEnd());
        }

        output.Write('\n');
        return ExitCode.Good;
    }
}
