using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Forecast;

/// <summary>The handshakes of a fleet that will fail by a date if nothing is renewed, by cause and in the order of time. Pure.</summary>
/// <param name="Until">Later expiries are left out.</param>
internal sealed record ForecastReport(DateTimeOffset Now, DateTimeOffset Until, ForecastCounts Handshakes, ValueList<ForecastCause> Causes)
{
    /// <summary>Whether every handshake is known to be good until then; false if there are none.</summary>
    public bool Clear => Handshakes is { Total: > 0, Failing: 0, Unknown: 0, Breaking: 0 };

    /// <param name="all">In the order of the configuration.</param>
    /// <param name="places">Where our own certificates come from.</param>
    /// <param name="mostPlaces">The maximum number of listed handshakes per cause.</param>
    public static ForecastReport Of(IReadOnlyList<ForecastHandshake> all, ForecastSources places, DateTimeOffset now, DateTimeOffset until, int mostPlaces)
    {
        var groups = new Dictionary<(EndCause, string), CauseGroup>();
        foreach (var handshake in all)
        {
            if (handshake.Outlook is not { Ends: var ends }) continue;
            for (var i = 0; i < ends.Count && ends[i].At <= until; i++)
            {
                var key = (ends[i].Cause, ends[i].Certificate?.Sha256 ?? ends[i].Place ?? "");
                if (!groups.TryGetValue(key, out var group)) groups[key] = group = new CauseGroup(ends[i]);
                group.Add(handshake.Key, isFirst: i == 0);
            }
        }

        return new ForecastReport(now, until, ForecastCounts.Of(all, until), Causes());

        ValueList<ForecastCause> Causes()
        {
            var ids = new Dictionary<string, int>(StringComparer.Ordinal);
            return groups.Values.OrderBy(group => group.End.At).ThenByDescending(group => group.Fails).ThenBy(group => group.End.Cause)
                .Select(group => group.Cause(places, now, ids, mostPlaces)).ToValueList();
        }
    }

    /// <summary>In one line.</summary>
    public string Summary => Sentences.Of(string.Join("; ", Parts()));

    private IEnumerable<string> Parts()
    {
        var date = Times.Second(Until);
        if (Handshakes.Total == 0) yield return "there are no handshakes to check";
        else if (Handshakes.Breaking > 0)
        {
            yield return FormattableString.Invariant($"{Handshakes.Breaking:N0} of {Counts.Of(Handshakes.Total, "handshake")} {(Handshakes.Breaking == 1 ? "fails" : "fail")} by {date} if nothing is renewed, because of {Counts.Of(Causes.Count(cause => cause.Fails > 0), "cause")}");
        }
        else if (Handshakes.Accepted == 0) yield return "no handshake is accepted now";
        else if (Handshakes.Foreseen == 1) yield return $"the handshake that is accepted now does not fail by {date}";
        else if (Handshakes.Foreseen > 1) yield return FormattableString.Invariant($"none of the {Handshakes.Foreseen:N0} handshakes that are accepted now fails by {date}");

        if (Handshakes.Failing > 0) yield return FormattableString.Invariant($"{Handshakes.Failing:N0} {(Handshakes.Failing == 1 ? "fails" : "fail")} already");
        if (Handshakes.Unknown > 0) yield return FormattableString.Invariant($"nothing is known about {Handshakes.Unknown:N0}");
    }
}

/// <summary>The numbers of handshakes that must be accepted, by their state.</summary>
/// <param name="Accepted">Accepted now.</param>
/// <param name="Breaking">Of those, the ones that fail by the date.</param>
/// <param name="Failing">Known to fail now.</param>
/// <param name="Unknown">Neither known to fail now nor accepted with a known end.</param>
internal sealed record ForecastCounts(int Total, int Accepted, int Breaking, int Failing, int Unknown)
{
    /// <summary>Accepted now, with a known expiry.</summary>
    [JsonIgnore]
    public int Foreseen => Total - Failing - Unknown;

    public static ForecastCounts Of(IReadOnlyList<ForecastHandshake> all, DateTimeOffset until) => new(
        all.Count,
        all.Count(handshake => handshake.Last is { Outcome: Outcome.Accepted }),
        all.Count(handshake => handshake.Outlook is { First: var first } && first.At <= until),
        all.Count(handshake => handshake.FailsNow),
        all.Count(handshake => handshake.IsUnknown));
}
