using System.CommandLine;
using System.CommandLine.Invocation;

namespace MtlsProbe.Cli;

/// <summary><c>mtlsprobe version</c> and <c>--version</c>: the information for a bug report.</summary>
internal static class VersionCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var command = new ExampledCommand("version", "Print the version of MtlsProbe, of OpenSSL and of .NET.", "mtlsprobe version");
        command.SetAction(_ => Print(surroundings.Output));
        return command;
    }

    private static int Print(TextWriter output)
    {
        var build = ThisBuild.Info();
        output.WriteLine($"{CommandLine.Program} {build.Version} ({build.OpenSsl}; {build.Runtime})");
        return ExitCode.Good;
    }

    /// <summary>The action of the option, which runs even if something else is wrong.</summary>
    public sealed class Action : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => Print(parseResult.InvocationConfiguration.Output);
    }
}
