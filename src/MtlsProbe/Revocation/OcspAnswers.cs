using System.Collections.Concurrent;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;
using MtlsProbe.Trust;

namespace MtlsProbe.Revocation;

/// <summary>
/// Answers of OCSP responders for the certificates of one trust bundle. A lookup contacts no responder: it records the question, and
/// <see cref="Ask"/> asks the responder in the background. Thread-safe.
/// </summary>
/// <param name="source">The allowed responders.</param>
/// <param name="fetch">Asks a responder; one request at a time for each.</param>
/// <param name="lists">Lists for the revocation of delegated responders.</param>
/// <param name="turns">The responders with a request in progress, for all bundles.</param>
/// <param name="isDemanded">Whether a certificate of unknown status is a fault.</param>
/// <param name="changed">
/// Called when a certificate turns out to be revoked, or no longer revoked. Also called once after a round of questions in which a missing answer was
/// a fault and then came: the fleet must not be probed again for each of them.
/// </param>
/// <param name="failed">Called with unexpected errors.</param>
internal sealed class OcspAnswers(OcspSource source, OcspFetch fetch, Func<IRevocationEvidence> lists, OcspTurns turns, Func<bool> isDemanded, Action changed, Action<Exception> failed, TimeProvider time) : IRevocationEvidence
{
    /// <summary>Maximum number of certificates: more than the largest fleet presents.</summary>
    private const int Most = 10_000;

    /// <summary>A certificate that was not looked up for this time is dropped: twice the longest interval of probes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromDays(2);

    private readonly ConcurrentDictionary<(string Certificate, string Issuer), Entry> _entries = new();
    private readonly ConcurrentDictionary<Entry, bool> _unasked = new(); // in a bundle of any size, only the few that are new
    private readonly ConcurrentDictionary<string, (DateTimeOffset NotBefore, int Failures, string Problem)> _resting = new(StringComparer.Ordinal);

    public EvidenceSource Source => EvidenceSource.Ocsp;

    /// <summary>Whether a first answer is on its way, for which a verdict may wait.</summary>
    public bool IsAwaited => _unasked.Any(entry => IsPending(entry.Key));

    /// <summary>Whether a question has not been asked yet.</summary>
    public bool HasNew => _entries.Values.Any(entry => entry.State.Asked is null);

    public RevocationFinding Look(RevocationQuestion question)
    {
        var (certificate, issuer) = (question.Certificate, question.Issuer);
        if ((source.Responder ?? certificate.Rules.ResponderUri) is not { } responder)
            return RevocationFinding.Unknown("the certificate names no OCSP responder");
        var key = (certificate.Sha256, issuer.Sha256);
        if (!_entries.TryGetValue(key, out var entry))
        {
            if (certificate.Der.IsEmpty || issuer.Der.IsEmpty || _entries.Count >= Most)
                return RevocationFinding.Unknown("the OCSP responder is not asked: there are too many certificates");
            var added = new Entry(certificate, issuer, responder, time.GetUtcNow());
            entry = _entries.GetOrAdd(key, added);
            if (entry == added) _unasked.TryAdd(entry, true);
        }

        entry.LookedUp = time.GetUtcNow();
        var finding = Finding(entry, question);
        if (finding.Status != RevocationStatus.Unknown || IsPending(entry)) return finding;
        entry.IsMissed = true;
        return Finding(entry, question); // again: an answer that arrived in between did not know that it is required
    }

    /// <summary>Starts requests to every responder with a due question. Does not wait for the answers.</summary>
    public void Ask(CancellationToken stop)
    {
        var now = time.GetUtcNow();
        foreach (var (key, entry) in _entries)
        {
            if (now - entry.LookedUp > s_patience) _entries.TryRemove(key, out _);
        }

        foreach (var entry in _unasked.Keys)
        {
            if (now - entry.Opened > EvidenceStore.Patience) _unasked.TryRemove(entry, out _);
        }

        foreach (var due in _entries.Values.Where(entry => entry.State.Next <= now).GroupBy(entry => entry.Responder))
        {
            if (_resting.TryGetValue(due.Key, out var rest) && rest.NotBefore > now) continue;
            turns.Begin(due.Key, () => AskAsync(due.Key, [.. due.OrderBy(entry => entry.State.Next)], stop));
        }
    }

    /// <summary>Like <see cref="Ask"/>, but completes when all questions that are due now have been asked. Never throws.</summary>
    public async Task AskDueAsync(CancellationToken stop)
    {
        Ask(stop);
        await Task.WhenAll(turns.UnderWay).ConfigureAwait(false);
    }

    /// <summary>Asks about every certificate that is new, and completes when all requests have succeeded or failed. Never throws.</summary>
    public async Task AskNewAsync(CancellationToken stop)
    {
        while (HasNew && !stop.IsCancellationRequested)
        {
            Ask(stop);
            if (turns.UnderWay is not { Count: > 0 } asking) return; // those that are left belong to responders that do not work
            await Task.WhenAny(asking).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(string responder, IReadOnlyList<Entry> due, CancellationToken stop)
    {
        var wasMissed = false;
        try
        {
            foreach (var entry in due)
            {
                var before = entry.State.Statement;
                if (stop.IsCancellationRequested || !await AskAsync(entry, stop).ConfigureAwait(false)) break;
                if (!entry.IsMissed || entry.State.Statement is not { Status: OcspStatus.Good } || entry.State.Statement == before) continue;
                (entry.IsMissed, wasMissed) = (false, true);
            }

            if (wasMissed && isDemanded()) changed();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Cancelled.
        }
        catch (Exception fault)
        {
            _resting[responder] = (time.GetUtcNow() + OcspState.Pause(1), 1, "could not be asked: a fault of this program; the log has the details");
            failed(fault);
        }
    }

    /// <summary>False: this responder does not work, and need not be asked about others now.</summary>
    private async Task<bool> AskAsync(Entry entry, CancellationToken stop)
    {
        (ReadOnlyMemory<byte>? body, string? problem) = OcspRequest.Encode(entry.Certificate.Der.Span, entry.Issuer.Der.Span) is { } request
            ? await fetch(entry.Responder, request, stop).ConfigureAwait(false)
            : (null, "cannot be asked about this certificate");
        var now = time.GetUtcNow();
        if (body is not { } answer)
        {
            entry.State = entry.State.Failed(problem!, now);
            var failures = _resting.TryGetValue(entry.Responder, out var rest) ? rest.Failures + 1 : 1;
            _resting[entry.Responder] = (now + OcspState.Pause(failures), failures, problem!);
            _unasked.TryRemove(entry, out _);
            return false;
        }

        _resting.TryRemove(entry.Responder, out _);
        var before = entry.State;
        entry.State = before.With(OcspResponse.Read(answer.Span, entry.Certificate.Der.Span, entry.Issuer.Der.Span), now);
        _unasked.TryRemove(entry, out _);
        if (before.IsRevocation != entry.State.IsRevocation) changed();
        return true;
    }

    private bool IsPending(Entry entry) => entry.State.Asked is null && !_resting.ContainsKey(entry.Responder) && time.GetUtcNow() - entry.Opened <= EvidenceStore.Patience;

    private RevocationFinding Finding(Entry entry, RevocationQuestion question)
    {
        var (state, place) = (entry.State, entry.Responder);
        if (state.Statement is not { } statement)
        {
            var problem = state.Problem ?? (_resting.TryGetValue(place, out var rest) ? rest.Problem : null);
            return RevocationFinding.Unknown($"the OCSP responder {place} {problem ?? "has not answered yet"}") with { Place = place };
        }

        var finding = new RevocationFinding { Status = RevocationStatus.Unknown, Place = place, ThisUpdate = statement.ThisUpdate, NextUpdate = statement.NextUpdate };
        var at = state.IsRevocation && statement.Reason != OcspResponse.Hold && OcspBelief.End(statement) is var end && end < question.Now ? end : question.Now; // a revoked certificate stays revoked
        if ((OcspBelief.Problem(statement, at) ?? Overdue(state, question.Now) ?? OcspBelief.RevokedDelegate(statement, question.Issuer, lists(), question.Now)) is { } wrong)
            return finding with { Missing = $"the answer of the OCSP responder {place} {wrong}{(state.Problem is { } since ? $", and since then it {since}" : "")}" };
        return statement.Status switch
        {
            OcspStatus.Good => finding with { Status = RevocationStatus.Good },
            OcspStatus.Revoked => finding with { Status = RevocationStatus.Revoked, RevokedAt = statement.RevokedAt, Reason = statement.Reason },
            _ => finding with { Missing = $"the OCSP responder {place} does not know the certificate" },
        };
    }

    /// <summary>An answer without nextUpdate is valid from the time when it was given, and not for long.</summary>
    private static string? Overdue(OcspState state, DateTimeOffset now) =>
        state is { Statement.NextUpdate: null, IsRevocation: false } && now > state.Answered + OcspState.WithoutEnd
            ? $"has no nextUpdate, and is from {Times.Iso(state.Answered!.Value)}"
            : null;

    /// <summary>A certificate, and what is known about it.</summary>
    /// <param name="opened">When it was first looked up.</param>
    private sealed class Entry(Certificate certificate, Certificate issuer, string responder, DateTimeOffset opened)
    {
        private volatile OcspState _state = OcspState.NotAsked;
        private bool _isMissed;
        private long _lookedUp;

        public Certificate Certificate => certificate;

        public Certificate Issuer => issuer;

        public string Responder => responder;

        public DateTimeOffset Opened => opened;

        public OcspState State
        {
            get => _state;
            set => _state = value;
        }

        /// <summary>A probe has continued without it: nothing was known, and there was nothing to wait for.</summary>
        public bool IsMissed
        {
            get => Volatile.Read(ref _isMissed);
            set => Volatile.Write(ref _isMissed, value);
        }

        public DateTimeOffset LookedUp
        {
            get => new(Interlocked.Read(ref _lookedUp), TimeSpan.Zero);
            set => Interlocked.Exchange(ref _lookedUp, value.UtcTicks);
        }
    }
}

/// <summary>
/// Asks a responder at its URL with the request in DER. Returns the answer in DER, or why there is none, as text that follows the responder's name.
/// </summary>
internal delegate Task<(ReadOnlyMemory<byte>? Answer, string? Problem)> OcspFetch(string responder, byte[] request, CancellationToken stop);
