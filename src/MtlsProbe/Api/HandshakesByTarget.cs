using MtlsProbe.Verdicts;

namespace MtlsProbe.Api;

/// <summary>The handshakes of a fleet by their targets. In the order of the plan, those of one target are adjacent, so nothing is copied.</summary>
internal sealed class HandshakesByTarget
{
    private readonly Dictionary<string, ArraySegment<HandshakeEntry>> _runs = new(StringComparer.Ordinal);

    public HandshakesByTarget(HandshakeEntry[] handshakes)
    {
        for (int start = 0, end; start < handshakes.Length; start = end)
        {
            var target = handshakes[start].Key.Target;
            end = start + 1;
            while (end < handshakes.Length && handshakes[end].Key.Target == target) end++;
            var run = new ArraySegment<HandshakeEntry>(handshakes, start, end - start);
            _runs[target] = _runs.TryGetValue(target, out var before) ? new([.. before, .. run]) : run;
        }
    }

    /// <summary>In order; empty if none is planned.</summary>
    public IReadOnlyList<HandshakeEntry> this[string target] => _runs.GetValueOrDefault(target, ArraySegment<HandshakeEntry>.Empty);
}
