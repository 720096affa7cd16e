using MtlsProbe.Loops;

namespace MtlsProbe.Discovery;

/// <summary>Unexpected errors of one finder: counted, logged, and described for its state.</summary>
/// <param name="loop">Counts them, and provides the clock.</param>
/// <param name="log">Receives each exception.</param>
internal sealed class FinderFaults(Loop loop, Action<Exception> log)
{
    public Loop Loop => loop;

    public TimeProvider Time => loop.Time;

    /// <summary>Logs an error that is already counted.</summary>
    public void Log(Exception fault) => log(fault);

    /// <summary>Counts and logs an error. Never throws.</summary>
    public void Add(Exception fault)
    {
        loop.Failed();
        try
        {
            log(fault);
        }
        catch (Exception)
        {
            loop.Failed(); // a log that cannot be written must not end the finder
        }
    }

    /// <summary>The error as a sentence without a full stop.</summary>
    public static string Words(Exception fault) => $"a bug in MtlsProbe, {fault.GetType().Name}";
}
