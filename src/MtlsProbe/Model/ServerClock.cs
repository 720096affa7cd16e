using System.Globalization;
using System.Text.Json.Serialization;
using MtlsProbe.Text;

namespace MtlsProbe.Model;

/// <summary>A server's clock from its answer, compared with ours.</summary>
/// <param name="At">The middle of the interval in which the server answered, by our clock.</param>
/// <param name="Date">The server's time, in whole seconds.</param>
/// <param name="Offset">In seconds; above 0 where the server's clock is ahead of ours.</param>
/// <param name="Uncertainty">In seconds, to either side.</param>
internal sealed record ServerClock(DateTimeOffset At, DateTimeOffset Date, double Offset, double Uncertainty)
{
    /// <summary>
    /// A date is cut to the second (RFC 9110 §5.6.7), and many servers make it only once a second: it is up to two seconds old, so that the server's
    /// clock shows one second more in the middle, and one second to either side of that.
    /// </summary>
    private const double OfDate = 1;

    /// <summary>Clocks that differ by less, beyond what is uncertain, are good enough for certificates.</summary>
    private const double Good = 5;

    /// <summary>A time that is a hundred years off is ignored.</summary>
    private static readonly TimeSpan s_most = TimeSpan.FromDays(36525);

    /// <summary>A clock says so much and no more for a while: ours may have been set since, or the server's.</summary>
    private static readonly TimeSpan s_lasts = TimeSpan.FromHours(1);

    /// <summary>The IP address that answered; null if it is not known. Names with the same address have the same clock.</summary>
    [JsonIgnore]
    public string? Machine { get; init; }

    /// <summary>Whether it is precise enough for a number without its uncertainty, like a metric.</summary>
    [JsonIgnore]
    public bool IsExact => Uncertainty <= Good;

    /// <summary>Whether the two differ by more than what is uncertain and what does no harm.</summary>
    [JsonIgnore]
    public bool IsOff => Math.Abs(Offset) > Uncertainty + Good;

    /// <summary>As text: <c>2h3m ahead of ours</c>.</summary>
    [JsonIgnore]
    public string Words => $"{Duration.Format(TimeSpan.FromSeconds(Math.Round(Math.Abs(Offset))))} {(Offset > 0 ? "ahead of" : "behind")} ours";

    /// <summary>The same, with how sure that is.</summary>
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

    /// <summary>What the server's clock showed at a time of ours, as far as is known.</summary>
    public DateTimeOffset Read(DateTimeOffset ours) => ours + TimeSpan.FromSeconds(Offset);

    /// <summary>Whether it still says something, of a server that is asked at this interval.</summary>
    public bool IsFresh(DateTimeOffset now, TimeSpan interval) => now - At <= (2 * interval > s_lasts ? 2 * interval : s_lasts);
}

/// <summary>The state of a server's clock between answers.</summary>
/// <param name="Told">The clock from the last answer with a date; null before there was one.</param>
/// <param name="Stands">The date equals the previous one although time has passed: it is static, and shows no time.</param>
internal sealed record ClockMemory(ServerClock? Told, bool Stands)
{
    public static readonly ClockMemory Empty = new(null, false);

    /// <summary>In seconds between two answers; nearer ones may have one date by right.</summary>
    private const double Apart = 3;

    /// <summary>Null where nothing is known, or not any more.</summary>
    public ServerClock? Now(DateTimeOffset now, TimeSpan interval) => Stands || Told is null || !Told.IsFresh(now, interval) ? null : Told;

    /// <summary>After an answer.</summary>
    /// <param name="told">Null if it contained no time.</param>
    public ClockMemory With(ServerClock? told)
    {
        if (told is null) return this;
        if (Told is not { } before || before.Date != told.Date) return new ClockMemory(told, Stands: false);
        var apart = (told.At - before.At).TotalSeconds;
        return apart > Apart + told.Uncertainty + before.Uncertainty ? this with { Stands = true } : this;
    }
}
