using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Terminal;

namespace MtlsProbe.Cli;

/// <summary>
/// Everything outside the process that a command may touch, apart from files and the network, and what the program is put together from.
/// Tests bring their own.
/// </summary>
internal sealed record Surroundings
{
    /// <summary>For results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>For logs, progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>The log output of a serving process: separate from <see cref="Error"/>, so that a blocked log delays nothing else.</summary>
    public Func<Stream> OpenLog { get; init; } = () => Stream.Null;

    /// <summary>The signal that asks for a reload; null: none.</summary>
    public HangUp? HangUp { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The value of an environment variable; null where it is not set.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>What to type in a shell to run this program.</summary>
    public string Program { get; init; } = "mtlsprobe";

    /// <summary>Where the configuration is unless the command line says otherwise.</summary>
    public string DefaultConfiguration { get; init; } = ConfigFile.Default;

    /// <summary>The protocols that targets may speak.</summary>
    public Protocols Protocols { get; init; } = BuiltInProtocols.All;

    public bool OutputIsTerminal { get; init; }

    /// <summary>Characters on a line of the terminal; 80 where there is none.</summary>
    public int OutputWidth { get; init; } = 80;

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether results may be coloured: on a terminal that knows colour, whose owner has not switched it off (no-color.org).</summary>
    public bool OutputIsColored =>
        OutputIsTerminal && string.IsNullOrEmpty(Environment("NO_COLOR")) && Environment("TERM") is not (null or "" or "dumb");

    /// <summary>For text on <see cref="Output"/>: what goes to a file or another program is neither coloured nor broken into lines of a width.</summary>
    public Pen Pen => new(Output, OutputIsColored, OutputIsTerminal ? OutputWidth : int.MaxValue);
}
