using MtlsProbe.Certificates;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>Fetches the places that are URLs, one fetch per place at a time, and a limited number at once. Thread-safe.</summary>
/// <param name="bundles">The current bundles with evidence.</param>
/// <param name="anchors">The anchors of a trust bundle, by its name; null while there are none.</param>
/// <param name="fetch">Fetches a URL.</param>
/// <param name="fetched">Called after each fetch, before the next one of its place begins.</param>
internal sealed class PlaceFetches(
    PlaceSet places, Func<IReadOnlyList<BundleEvidence>> bundles, Func<string, TrustBundle?> anchors, KnownIssuers issuers,
    Func<FetchRequest, CancellationToken, Task<FetchAnswer>> fetch, Action<HeldPlace> fetched, Loop loop, EvidenceLog log, TimeProvider time)
{
    /// <summary>Maximum number of concurrent fetches.</summary>
    private const int MostAtOnce = 4;

    /// <summary>Maximum bytes of the lists of all places learned from servers; fetches in progress can exceed it.</summary>
    private const long MostLearned = 256 << 20;

    /// <summary>For one list.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);

    /// <summary>Whether there is a URL that has not been fetched yet.</summary>
    public bool HasNew => places.Urls.Any(place => place.Due == 0);

    /// <summary>
    /// Fetches URLs that have not been fetched yet, and those that the fetched lists name. Each attempt sets when the next is due, and the number of
    /// places is limited.
    /// </summary>
    public async Task LoadNewAsync(CancellationToken stop)
    {
        while (HasNew)
        {
            await Parallel.ForEachAsync(
                places.Urls.Where(place => place.Due == 0), new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stop },
                async (place, end) => await FetchAsync(place, end).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Begins the fetches that are due, as far as there is room for them.</summary>
    public void BeginDue(CancellationToken stop)
    {
        var urls = places.Urls;
        var free = MostAtOnce - urls.Count(place => place.IsUnderWay);
        foreach (var place in urls.Where(place => !place.IsUnderWay && place.Due <= time.GetTimestamp()).Take(Math.Max(0, free))) _ = FetchAsync(place, stop);
    }

    /// <summary>If a fetch of the place is already in progress, waits for that one.</summary>
    private async Task FetchAsync(HeldPlace place, CancellationToken stop)
    {
        if (!place.TryBegin())
        {
            await place.UnderWay.WaitAsync(stop).ConfigureAwait(false);
            return;
        }

        try
        {
            await OnceAsync(place, stop).ConfigureAwait(false);
            fetched(place);
        }
        finally
        {
            place.End();
        }
    }

    private async Task OnceAsync(HeldPlace place, CancellationToken stop)
    {
        try
        {
            var reader = new RevocationListReader();
            Take(place, await fetch(Request(place, reader), stop).ConfigureAwait(false), reader);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            loop.Failed();
            log.Failed(fault, place.Place.Name);
            place.Complain("could not be fetched: a fault of this program; the log has the details");
        }
        finally
        {
            var now = time.GetUtcNow();
            var hasEnded = place.State.Lists.Min(known => known.List.NextUpdate) < now;
            place.Failures = place.State.Problem is null && !hasEnded ? 0 : place.Failures + 1;
            place.Due = time.GetTimestamp() + (long)(RefreshTimes.After(place, now).TotalSeconds * time.TimestampFrequency);
        }
    }

    private void Take(HeldPlace place, FetchAnswer answer, RevocationListReader reader)
    {
        if (answer.IsGiven)
        {
            place.Take(reader.End(), issuers.SignersOf, time.GetUtcNow(), keepsUnsigned: IsNamed(place.Place));
            var isTaken = place.State.Problem is null; // otherwise the same content would be rejected the next time too
            (place.EntityTag, place.LastModified) = isTaken ? (answer.EntityTag, answer.LastModified) : (null, null);
        }
        else if (answer.IsUnchanged) place.Confirm();
        else place.Complain(answer.Problem!);
    }

    private FetchRequest Request(HeldPlace place, RevocationListReader reader)
    {
        var owners = bundles().Where(bundle => bundle.Places.Contains(place)).ToList();
        var hasLists = place.State.Lists.Count > 0;
        return new FetchRequest(new Uri(place.Place.Name))
        {
            IsConfigured = IsConfigured,
            Into = piece => reader.Take(piece.Span),
            Proxy = place.Proxy,
            Anchors = owners.SelectMany(bundle => anchors(bundle.Source.Name)?.Anchors ?? []).Distinct().ToValueList(),
            EntityTag = hasLists ? place.EntityTag : null,
            LastModified = hasLists ? place.LastModified : null,
            MostBytes = IsNamed(place.Place) ? RevocationList.MaxSize : (int)Math.Clamp(MostLearned - LearnedBeside(place), 0, RevocationList.MaxSize),
            Timeout = s_timeout,
        };
    }

    /// <summary>Whether a place is configured; otherwise it was learned from servers.</summary>
    private bool IsNamed(RevocationPlace place) => bundles().Any(bundle => bundle.Revocation.Lists.Contains(place));

    /// <summary>The bytes held for all other places that were learned from servers.</summary>
    private long LearnedBeside(HeldPlace place) =>
        places.Urls.Where(other => other != place && !IsNamed(other.Place)).Sum(other => other.State.Lists.Sum(known => (long)known.List.Signed.Length));

    /// <summary>Whether the configuration itself has a URL.</summary>
    private bool IsConfigured(Uri url) => bundles().Any(bundle =>
        bundle.Revocation.Lists.Any(place => place.IsUrl && new Uri(place.Name) == url)
        || (bundle.Revocation.Ocsp?.Responder is { } responder && new Uri(responder) == url));
}
