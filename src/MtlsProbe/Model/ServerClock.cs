using System.Globalization;
using System.Text.Json.Serialization;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A server's clock from its answer, compared with ours.</summary>
/// <param name="At">The middle of the interval in which the server answered, by our clock.</param>
/// <param name="Date">The server's time, in whole seconds.</param>
/// <param name="Offset">In seconds; positive if the server's clock is ahead of ours.</param>
/// <param name="Uncertainty">In seconds, in either direction.</param>
internal sealed record ServerClock(DateTimeOffset At, DateTimeOffset Date, double Offset, double Uncertainty)
{
    private readonly long _at = At.UtcTicks;
    private readonly long _date = Date.UtcTicks;

    [JsonPropertyOrder(-2)] // in the order of the parameters
    public DateTimeOffset At
    {
        get => Instant.Known(_at);
        init => _at = value.UtcTicks;
    }

    [JsonPropertyOrder(-1)]
    public DateTimeOffset Date
    {
        get => Instant.Known(_date);
        init => _date = value.UtcTicks;
    }

    /// <summary>
    /// A date is truncated to the second (RFC 9110 §5.6.7), and many servers update it only once a second. It is therefore up to two seconds old: one
    /// second on average, and one second more or less.
    /// </summary>
    private const double OfDate = 1;

    /// <summary>A smaller difference, beyond the uncertainty, does no harm to certificates.</summary>
    private const double Good = 5;

    /// <summary>A date that is more than a hundred years off is ignored.</summary>
    private static readonly TimeSpan s_most = TimeSpan.FromDays(36525);

    /// <summary>How long a clock counts as known: after that, either clock may have been set.</summary>
    private static readonly TimeSpan s_lasts = TimeSpan.FromHours(1);

    /// <summary>The IP address that answered; null if it is not known. Names with the same address have the same clock.</summary>
    [JsonIgnore]
    public string? Machine { get; init; }

    /// <summary>Whether it is precise enough to be shown without its uncertainty, for example as a metric.</summary>
    [JsonIgnore]
    public bool IsExact => Uncertainty <= Good;

    /// <summary>Whether the difference exceeds both the uncertainty and what does no harm.</summary>
    [JsonIgnore]
    public bool IsOff => Math.Abs(Offset) > Uncertainty + Good;

    /// <summary>As text: <c>2h3m ahead of ours</c>.</summary>
    [JsonIgnore]
    public string Words => $"{Duration.Format(TimeSpan.FromSeconds(Math.Round(Math.Abs(Offset))))} {(Offset > 0 ? "ahead of" : "behind")} ours";

    /// <summary>The same, with its uncertainty.</summary>
    [JsonIgnore]
    public string Sentence => string.Create(CultureInfo.InvariantCulture, $"{Words} (±{Uncertainty:0.#} s, at {Times.Second(At)})");

    /// <summary>Null if the date is absurd.</summary>
    /// <param name="took">Time since the earliest possible moment of the answer, by the monotonic clock.</param>
    /// <param name="now">When the answer arrived, by our clock.</param>
    public static ServerClock? Of(DateTimeOffset date, TimeSpan took, DateTimeOffset now)
    {
        var middle = now - (took / 2);
        var offset = date - middle + TimeSpan.FromSeconds(OfDate);
        if (offset.Duration() > s_most) return null;
        return new ServerClock(middle, date, Math.Round(offset.TotalSeconds, 3), Math.Round(OfDate + (took.TotalSeconds / 2), 3));
    }

    /// <summary>The best estimate of the server's clock at a time of our clock.</summary>
    public DateTimeOffset Read(DateTimeOffset ours) => ours + TimeSpan.FromSeconds(Offset);

    /// <summary>Whether it still counts as known, for a server that is probed at this interval.</summary>
    public bool IsFresh(DateTimeOffset now, TimeSpan interval) => now - At <= (2 * interval > s_lasts ? 2 * interval : s_lasts);
}

/// <summary>The state of a server's clock between answers.</summary>
/// <param name="Told">The clock from the last answer with a date; null before there was one.</param>
/// <param name="Stands">The date equals the previous one although time has passed: it is static, and shows no time.</param>
internal sealed record ClockMemory(ServerClock? Told, bool Stands)
{
    public static readonly ClockMemory Empty = new(null, false);

    /// <summary>Minimum number of seconds between two answers. Two answers that are closer together can have the same date.</summary>
    private const double Apart = 3;

    /// <summary>Null if nothing is known, or no longer.</summary>
    public ServerClock? Now(DateTimeOffset now, TimeSpan interval) => Stands || Told is null || !Told.IsFresh(now, interval) ? null : Told;

    /// <summary>The state after one more answer.</summary>
    /// <param name="told">Null if the answer contained no time.</param>
    public ClockMemory With(ServerClock? told)
    {
        if (told is null) return this;
        if (Told is not { } before || before.Date != told.Date) return new ClockMemory(told, Stands: false);
        var apart = (told.At - before.At).TotalSeconds;
        return apart > Apart + told.Uncertainty + before.Uncertainty ? this with { Stands = true } : this;
    }
}
