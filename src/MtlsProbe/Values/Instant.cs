namespace MtlsProbe.Values;

/// <summary>
/// A time in UTC, or none, in 8 bytes. <see cref="DateTimeOffset"/> takes 16 and its nullable form 24, which matters for what is kept of each
/// handshake. Records keep the number in a field and show the time.
/// </summary>
internal static class Instant
{
    /// <summary>Stands for no time.</summary>
    public const long None = 0;

    /// <param name="time">Null: none.</param>
    public static long Ticks(DateTimeOffset? time) => time is { } known ? known.UtcTicks : None;

    /// <summary>Null if there is none.</summary>
    public static DateTimeOffset? Time(long ticks) => ticks == None ? null : new DateTimeOffset(ticks, TimeSpan.Zero);

    /// <summary>The time of a record that always has one.</summary>
    public static DateTimeOffset Known(long ticks) => new(ticks, TimeSpan.Zero);
}
