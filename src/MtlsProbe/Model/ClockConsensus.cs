namespace MtlsProbe.Model;

/// <summary>
/// What the clocks of all servers show together. If a single server is off, its clock is wrong. If most are off in the same direction, our clock is
/// wrong.
/// </summary>
/// <param name="Known">Number of machines whose clock is known. A machine with several names or targets counts once, because it has one clock.</param>
/// <param name="Ahead">How many of them are ahead of ours by more than <see cref="Skew"/>.</param>
/// <param name="Behind">How many of them are behind ours by more than <see cref="Skew"/>.</param>
/// <param name="Suspected">Whether our own clock is suspected; null if too few are known.</param>
/// <param name="Offset">The median of their offsets, in seconds; null if none is known.</param>
internal sealed record ClockConsensus(int Known, int Ahead, int Behind, bool? Suspected, double? Offset)
{
    /// <summary>In seconds, beyond the uncertainty; <c>MtlsProbeClockSkew</c> uses the same.</summary>
    public const double Skew = 30;

    /// <summary>With fewer machines, "most" means nothing.</summary>
    private const int Fewest = 3;

    public static ClockConsensus Of(IEnumerable<ServerState> servers, DateTimeOffset now)
    {
        var clocks = new Dictionary<string, ServerClock>(StringComparer.OrdinalIgnoreCase);
        foreach (var server in servers)
        {
            if (server.Clock.Now(now, server.Target.Interval) is not { } clock) continue;
            var machine = clock.Machine ?? server.Target.Address.Host;
            if (!clocks.TryGetValue(machine, out var known) || known.At < clock.At) clocks[machine] = clock;
        }

        var ahead = clocks.Values.Count(clock => clock.Offset - clock.Uncertainty > Skew);
        var behind = clocks.Values.Count(clock => clock.Offset + clock.Uncertainty < -Skew);
        double[] offsets = [.. clocks.Values.Select(clock => clock.Offset).Order()];
        return new ClockConsensus(
            clocks.Count, ahead, behind,
            clocks.Count < Fewest ? null : 2 * Math.Max(ahead, behind) > clocks.Count,
            offsets.Length == 0 ? null : offsets[offsets.Length / 2]);
    }
}
