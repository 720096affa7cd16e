using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>What would fail without a certificate, here and at the servers. In JSON the order of the members is the order of the object.</summary>
internal sealed record RemovalReport(DateTimeOffset Now, EndingCertificate Without, ValueList<RemovalVerdict> Results)
{
    /// <summary>Every handshake is known to work without it.</summary>
    public bool Clear => Results.Count > 0 && Results.All(result => result.Effect == RemovalEffect.Keeps);

    /// <summary>In one line.</summary>
    public string Summary
    {
        get
        {
            List<string> parts = [];
            Add(RemovalEffect.Breaks, "would fail", "would fail");
            Add(RemovalEffect.Unknown, "is unknown", "are unknown");
            Add(RemovalEffect.FailsNow, "fails already", "fail already");
            Add(RemovalEffect.Keeps, "works without it", "work without it");
            return parts.Count == 0 ? "There are no handshakes to check." : Sentences.Of($"without {Without.Subject}: {string.Join("; ", parts)}");

            void Add(RemovalEffect effect, string one, string several)
            {
                if (Results.Count(result => result.Effect == effect) is var count and > 0) parts.Add(FormattableString.Invariant($"{Counts.Of(count, "handshake")} {(count == 1 ? one : several)}"));
            }
        }
    }
}

/// <summary>The effect of the removal on one handshake.</summary>
/// <param name="Ours">Whether we would still trust the server.</param>
/// <param name="Theirs">Whether the server would still accept our certificate.</param>
/// <param name="Why">A sentence about the decisive fact; empty if nothing changes.</param>
internal sealed record RemovalVerdict(string Target, string Address, string Identity, Slot Slot, RemovalEffect Effect, RemovalEffect Ours, RemovalEffect Theirs, string Why);

/// <summary>The effect of a removal. The words in JSON are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RemovalEffect>))]
internal enum RemovalEffect
{
    /// <summary>It works without the certificate.</summary>
    Keeps,

    /// <summary>It would fail.</summary>
    Breaks,

    /// <summary>What the server shows is not enough to decide.</summary>
    Unknown,

    /// <summary>It is not accepted now.</summary>
    FailsNow,
}
