namespace MtlsProbe.Cli;

/// <summary>The exit codes; a contract with scripts.</summary>
internal static class ExitCode
{
    public const int Good = 0;

    /// <summary>The command did its work, and what it checked is bad.</summary>
    public const int Bad = 1;

    /// <summary>The command line or the configuration is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>A fault of MtlsProbe, or output that could not be written.</summary>
    public const int Internal = 3;

    /// <summary>Interrupted by a signal: 128 + SIGINT, as in shells.</summary>
    public const int Interrupted = 130;

    /// <summary>128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
