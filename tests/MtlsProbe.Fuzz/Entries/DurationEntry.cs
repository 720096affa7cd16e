using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Text;

namespace MtlsProbe.Fuzz;

/// <summary>A duration. An accepted value that is written and read again is the same.</summary>
internal sealed class DurationEntry : FuzzEntry
{
    public override string Name => "duration";

    public override string Does => "1m30s";

    public override int MostBytes => 200;

    public override IReadOnlyList<string> Tokens => ["y", "w", "d", "h", "m", "s", "ms", "0", "292y", "999999999999999999", "+", "-", ".", " ", "٣"];

    public override IReadOnlyList<string> Reached => ["read", "none"];

    public override IEnumerable<byte[]> Seeds() => ((string[])["0", "30s", "1m30s", "500ms", "1y2w3d4h5m6s7ms", "292y", "1"]).Select(Encoding.UTF8.GetBytes);

    public override string Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        _ = (Grammar.Interval(text), Grammar.Timeout(text), Grammar.Time(text));
        if (Duration.TryParse(text) is not { } duration) return "none";
        Claim.Holds(duration >= TimeSpan.Zero, "it is negative");
        Claim.Holds(Duration.TryParse(Duration.Format(duration)) == duration, $"written it reads back differently: {Duration.Format(duration)}");
        return "read";
    }
}
