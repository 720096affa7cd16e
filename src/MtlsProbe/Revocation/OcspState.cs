using MtlsProbe.OpenSsl;
using MtlsProbe.Trust;

namespace MtlsProbe.Revocation;

/// <summary>A responder's answer for one certificate, and when to ask again. Immutable.</summary>
internal sealed record OcspState
{
    public static readonly OcspState NotAsked = new();

    /// <summary>How long an answer without a nextUpdate is kept, which is twice the time after which it is requested again.</summary>
    public static readonly TimeSpan WithoutEnd = TimeSpan.FromHours(2);

    private static readonly TimeSpan s_shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(12);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);

    /// <summary>A responder that is not responsible will not become so within a minute.</summary>
    private static readonly TimeSpan s_unauthorized = TimeSpan.FromHours(6);

    /// <summary>The last statement with a valid signature; it is kept while later answers are invalid.</summary>
    public OcspStatement? Statement { get; private init; }

    /// <summary>When the statement came; null if there is none.</summary>
    public DateTimeOffset? Answered { get; private init; }

    /// <summary>Why the last answer was invalid, as text that follows the name of the responder; null if it was valid.</summary>
    public string? Problem { get; private init; }

    /// <summary>When it was last asked; null: never.</summary>
    public DateTimeOffset? Asked { get; private init; }

    /// <summary>When it is to be asked again.</summary>
    public DateTimeOffset Next { get; private init; } = DateTimeOffset.MinValue;

    public bool IsRevocation => Statement is { Status: OcspStatus.Revoked };

    private int Failures { get; init; }

    /// <summary>The pause for a responder after a number of consecutive failures.</summary>
    public static TimeSpan Pause(int failures) =>
        failures > 6 ? s_longestPause : TimeSpan.FromMinutes(1 << (failures - 1)) is var pause && pause < s_longestPause ? pause : s_longestPause;

    /// <summary>The state after an invalid answer.</summary>
    public OcspState Failed(string problem, DateTimeOffset now) =>
        this with { Problem = problem, Asked = now, Failures = Failures + 1, Next = now + Pause(Failures + 1) };

    /// <summary>The state after an answer, valid or not.</summary>
    public OcspState With(OcspReading reading, DateTimeOffset now)
    {
        if (reading.Error == OcspError.Unauthorized)
            return Failed("is not responsible for this certificate (unauthorized)", now) with { Next = now + s_unauthorized };
        if (reading.Error == OcspError.TryLater) return Failed("cannot answer now (tryLater)", now);
        if (reading.Statement is not { } statement) return Failed($"gave an answer that {reading.Problem}", now);

        if (OcspBelief.Weakness(statement) is { } weakness) return Failed($"gave an answer that {weakness}", now);

        // An answer can come from a cache, or be replayed: an older one replaces none.
        if (statement.ThisUpdate < Statement?.ThisUpdate) return Failed("gave an answer that is older than the previous one", now);
        if (OcspBelief.End(statement) < now) return Failed("gave an answer that had already expired", now) with { Statement = statement, Answered = now };
        return new OcspState { Statement = statement, Answered = now, Asked = now, Next = now + Refresh(statement, now) };
    }

    private static TimeSpan Refresh(OcspStatement statement, DateTimeOffset now)
    {
        var half = statement.NextUpdate is { } end ? (end - now) / 2 : WithoutEnd / 2;
        return half < s_shortest ? s_shortest : half > s_longest ? s_longest : half;
    }
}
