using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Terminal;

namespace MtlsProbe.Cli;

/// <summary>
/// Everything outside the process that a command uses, apart from files and the network, and the parts that compose the program. Tests use their own.
/// </summary>
internal sealed record Surroundings
{
    /// <summary>For results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>For logs, progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The log output of a serving process: separate from <see cref="Error"/>, so that a blocked log delays nothing else.</summary>
    public Func<Stream> OpenLog { get; init; } = () => Stream.Null;

    /// <summary>Receives reports of a serving process; null: nobody does.</summary>
    public ServiceManager? ServiceManager { get; init; }

    /// <summary>The signal that asks for a reload; null: none.</summary>
    public HangUp? HangUp { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Returns the value of an environment variable; null if it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>The command that runs this program in a shell.</summary>
    public string Program { get; init; } = "mtlsprobe";

    /// <summary>The path of the configuration unless the command line sets another.</summary>
    public string DefaultConfiguration { get; init; } = ConfigFile.Default;

    /// <summary>The protocols that targets can use.</summary>
    public Protocols Protocols { get; init; } = BuiltInProtocols.All;

    public bool OutputIsTerminal { get; init; }

    /// <summary>Characters per line of the terminal; 80 if there is none.</summary>
    public int OutputWidth { get; init; } = 80;

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether results can be colored: on a terminal that supports color, unless the user has turned it off (no-color.org).</summary>
    public bool OutputIsColored =>
        OutputIsTerminal && string.IsNullOrEmpty(Environment("NO_COLOR")) && Environment("TERM") is not (null or "" or "dumb");

    /// <summary>For text on <see cref="Output"/>: output to a file or another program is neither colored nor wrapped.</summary>
    public Pen Pen => new(Output, OutputIsColored, OutputIsTerminal ? OutputWidth : int.MaxValue);
}
