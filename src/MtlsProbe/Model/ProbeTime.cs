namespace MtlsProbe.Model;

/// <summary>The time that one probe has, from DNS to confirmation.</summary>
/// <param name="Timeout">For the network and the server, and for the silences that we keep.</param>
/// <param name="Most">With what this process takes for itself on a busy machine; at least the timeout.</param>
internal readonly record struct ProbeTime(TimeSpan Timeout, TimeSpan Most)
{
    /// <summary>If no caller waits for the result with a deadline: an overloaded machine may take as long again for itself.</summary>
    public static ProbeTime Patient(TimeSpan timeout) => new(timeout, 2 * timeout);

    /// <summary>Not a moment longer.</summary>
    public static ProbeTime Strict(TimeSpan timeout) => new(timeout, timeout);
}
