namespace MtlsProbe.Model;

/// <summary>
/// What the clocks of all servers say together. One server that is off has a wrong clock; where most are off the same way, it is ours.
/// </summary>
/// <param name="Known">Machines whose clock is known. One with several names or targets counts once: they have one clock.</param>
/// <param name="Ahead">Of these, those that are ahead of ours by more than <see cref="Skew"/>.</param>
/// <param name="Behind">The same, behind.</param>
/// <param name="Suspected">Whether our own clock is suspected; null where too few are known to say.</param>
/// <param name="Offset">The median of their offsets, in seconds; null where none is known.</param>
internal sealed record ClockConsensus(int Known, int Ahead, int Behind, bool? Suspected, double? Offset)
{
    /// <summary>In seconds, beyond the uncertainty; <c>MtlsProbeClockSkew</c> uses the same.</summary>
    public const double Skew = 30;

    /// <summary>Of fewer machines "most" means nothing.</summary>
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
