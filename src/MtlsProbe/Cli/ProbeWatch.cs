using MtlsProbe.Model;
using MtlsProbe.Terminal;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Cli;

/// <summary>The changes between the rounds of <c>probe --watch</c>, one line for each handshake that has changed.</summary>
internal sealed class ProbeWatch(Surroundings surroundings)
{
    private readonly Pen _pen = surroundings.Pen;
    private Dictionary<(string Target, string Address, string Identity, Slot Slot, Expectation Expect), ProbeResult> _last = [];
    private int _round;

    /// <summary>Whether nothing has been printed yet.</summary>
    public bool IsFirst => _round == 0;

    /// <summary>Keeps the results, and prints changes since the previous round.</summary>
    public void Tell(IReadOnlyList<ProbeResult> results)
    {
        var now = results.DistinctBy(KeyOf).ToDictionary(KeyOf);
        if (!IsFirst)
        {
            Clear();
            foreach (var (key, result) in now)
            {
                if (!_last.TryGetValue(key, out var before)) Line(result, "new");
                else if (Difference(before, result) is { } difference) Line(result, difference);
            }

            foreach (var (key, result) in _last.Where(one => !now.ContainsKey(one.Key)))
                _pen.Line($"{Times.Second(surroundings.Time.GetUtcNow())}  {_pen.Dot} GONE  {Who(result)}");
        }

        _last = now;
        _round++;
        if (surroundings.ErrorIsTerminal)
            surroundings.Error.Write(FormattableString.Invariant($"\rround {_round:N0} at {Times.Second(surroundings.Time.GetUtcNow())}: {now.Values.Count(result => result.Success):N0} of {now.Count:N0} as expected; Ctrl-C stops"));
    }

    /// <summary>Clears the line that counts the rounds.</summary>
    public void Clear()
    {
        if (surroundings.ErrorIsTerminal) surroundings.Error.Write("\r\u001b[K");
    }

    private static (string Target, string Address, string Identity, Slot Slot, Expectation Expect) KeyOf(ProbeResult result) =>
        (result.Target, result.Address, result.Identity, result.Slot, result.Expect);

    /// <summary>Null if nothing important has changed.</summary>
    private string? Difference(ProbeResult before, ProbeResult now)
    {
        var (was, word) = (VerdictText.Words(before), VerdictText.Words(now));
        if (was != word) return $"was {was}";
        if (before.Failure?.Reason != now.Failure?.Reason) return $"was {before.Failure?.Reason.Label ?? "without a fault"}";
        var (old, leaf) = (Serial(before), Serial(now));
        return old is not null && leaf is not null && old != leaf ? $"the server's certificate changed from serial {_pen.Safe(old, 64)} to {_pen.Safe(leaf, 64)}" : null;
    }

    private static string? Serial(ProbeResult result) => result.ServerCertificates.Count > 0 ? result.ServerCertificates[0].Serial : null;

    private void Line(ProbeResult result, string difference)
    {
        var word = VerdictText.Words(result);
        var reason = result.Failure is { } failure ? $", {failure.Reason.Label}" : "";
        _pen.Line($"{Times.Second(result.At)}  {(result.Success ? _pen.Tick : _pen.Cross)} {(result.Success ? _pen.Good(word) : _pen.Bad(word))}{reason}  {Who(result)}: {difference}");
    }

    private string Who(ProbeResult result) =>
        $"{_pen.Safe(result.Target)} ({_pen.Safe(result.Address)}), {_pen.Safe(CredentialText.Purpose(result.Identity, result.Slot, result.Expect))}";
}
