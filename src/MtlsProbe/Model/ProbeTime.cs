namespace MtlsProbe.Model;

/// <summary>The time limit of one probe, from DNS to confirmation.</summary>
/// <param name="Timeout">For the network and the server, including the times in which we wait in silence.</param>
/// <param name="Most">Including the time that this process itself takes on a busy machine; at least the timeout.</param>
internal readonly record struct ProbeTime(TimeSpan Timeout, TimeSpan Most)
{
    /// <summary>For callers without a deadline: an overloaded machine may take the same time again for itself.</summary>
    public static ProbeTime Patient(TimeSpan timeout) => new(timeout, 2 * timeout);

    /// <summary>For callers with a deadline: no extra time.</summary>
    public static ProbeTime Strict(TimeSpan timeout) => new(timeout, timeout);
}
