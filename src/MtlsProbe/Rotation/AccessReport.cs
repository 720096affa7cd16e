using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Rotation;

/// <summary>Identities × targets: expected and actual results. In JSON the order of the members is the order of the object.</summary>
/// <param name="At">When the last probe had ended.</param>
/// <param name="Holds">Whether every expectation was proven; an unknown result proves nothing.</param>
/// <param name="Summary">One sentence with the counts.</param>
internal sealed record AccessReport(DateTimeOffset At, bool Holds, string Summary, AccessCounts States, ValueList<AccessIdentity> Identities, ValueList<AccessTarget> Targets)
{
    /// <param name="identities">Those that are shown, in order.</param>
    public static AccessReport Of(DateTimeOffset at, ValueList<AccessIdentity> identities, IReadOnlyList<AccessRow> rows)
    {
        var pairs = rows.SelectMany(row => row.Pairs).ToList();
        var counts = AccessCounts.Of(pairs);
        var expected = pairs.Where(pair => pair.Expected is not null).ToList();
        var holds = expected.Count > 0 && expected.All(pair => pair.State == AccessState.AsExpected);
        return new AccessReport(at, holds, Sentence(counts, expected), counts, identities, [.. rows.Select(row => new AccessTarget(
            row.Target.Name, row.Target.Address.ToString(), row.Target.ServerName, row.Target.MustRejectOthers, row.Pairs))]);
    }

    private static string Sentence(AccessCounts counts, List<AccessPair> expected)
    {
        List<string> parts = [];
        if (counts.UnexpectedAccess > 0) parts.Add($"{counts.UnexpectedAccess:N0} {(counts.UnexpectedAccess == 1 ? "is" : "are")} let in but must be refused");
        if (counts.UnexpectedRefusal > 0) parts.Add($"{counts.UnexpectedRefusal:N0} {(counts.UnexpectedRefusal == 1 ? "is" : "are")} refused but must be accepted");
        var unknown = expected.Count(pair => pair.State is AccessState.Unknown or AccessState.Pending);
        if (unknown > 0) parts.Add($"{unknown:N0} {(unknown == 1 ? "is" : "are")} not known");
        var undeclared = counts.Undeclared == 0 ? "" : $" In addition, {Counts.Of(counts.Undeclared, "pair")} {(counts.Undeclared == 1 ? "is" : "are")} let in without being mentioned in the configuration.";
        if (expected.Count == 0) return "The configuration expects nothing of these identities at these targets, so nothing was proven." + undeclared;
        var verdict = parts.Count == 0 ? "all are as expected" : string.Join(", ", parts);
        return FormattableString.Invariant($"Of {Counts.Of(expected.Count, "pair")} of an identity and a target, {verdict}.") + undeclared;
    }
}

/// <summary>One identity, as servers see it.</summary>
/// <param name="Subject">The subject of the leaf in use; null without a certificate.</param>
/// <param name="SpiffeId">The ID of the leaf (<see cref="X509Svid"/>); null if it has none.</param>
internal sealed record AccessIdentity(string Name, string? Subject, string? SpiffeId, string? Issuer, string? Serial, string? Sha256, DateTimeOffset? NotAfter)
{
    /// <param name="leaf">Null if there is none, or if it is broken.</param>
    public static AccessIdentity Of(string name, Certificate? leaf) => new(
        name,
        leaf is null ? null : Shown.Name(leaf.Subject),
        leaf is not null && X509Svid.Read(leaf).Id is { } id ? Shown.Name(id.ToString()) : null,
        leaf is null ? null : Shown.Name(leaf.Issuer),
        leaf?.Serial,
        leaf?.Sha256,
        leaf?.NotAfter);
}

/// <summary>One target of the report.</summary>
/// <param name="RefusesOthers">Whether the configuration says <c>must_reject: others</c>.</param>
internal sealed record AccessTarget(string Target, string Address, string ServerName, bool RefusesOthers, ValueList<AccessPair> Pairs);

/// <summary>The report in JSON, by generated code.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(UtcMillisecondsConverter)])]
[JsonSerializable(typeof(AccessReport))]
internal sealed partial class AccessJson : JsonSerializerContext
{
    /// <summary>Indented. The relaxed encoder leaves non-ASCII names readable; it still escapes control characters.</summary>
    public static AccessJson Pretty { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new UtcMillisecondsConverter() },
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
