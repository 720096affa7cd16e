using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// One SPIFFE Workload API and what it said last. It has one stream for all who listen, for as long as anybody does, and begins anew when that
/// ends, for ever. Thread-safe; who listens is told of one thing at a time.
/// </summary>
internal sealed class WorkloadFeed(SpiffeEndpoint endpoint, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<WorkloadListener> _listeners = [];
    private WorkloadUpdate? _update;
    private MaterialFault? _fault;
    private CancellationTokenSource? _running;
    private CancellationTokenSource? _call;
    private volatile SourceState _state = new(SpiffeSvid.Kind, endpoint.ToString());

    public SpiffeEndpoint Endpoint => endpoint;

    /// <summary>How it fares.</summary>
    public SourceState State => _state;

    /// <summary>Begins to listen. What is known is told at once.</summary>
    public void Join(WorkloadListener listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
            if (_update is { } update && (update.Svids.Count > 0 || !listener.WantsSvids)) listener.Take(update);
            else if (_update is not null) _call?.Cancel(); // a stream of bundles: this one wants more
            if (_fault is { } fault) listener.Complain(fault);
            if (_running is not null) return;
            _running = new CancellationTokenSource();
            var stop = _running.Token;
            _ = Task.Run(() => RunAsync(stop), CancellationToken.None);
        }
    }

    /// <summary>Hears nothing any more.</summary>
    public void Leave(WorkloadListener listener)
    {
        lock (_gate)
        {
            if (_listeners.Remove(listener) && _listeners.Count == 0) Stop();
        }
    }

    public void Dispose()
    {
        lock (_gate) Stop();
    }

    private void Stop()
    {
        _running?.Cancel();
        (_running, _update, _fault, _state) = (null, null, null, new SourceState(SpiffeSvid.Kind, endpoint.ToString()));
    }

    /// <summary>Until nobody listens. Never throws.</summary>
    private async Task RunAsync(CancellationToken stop)
    {
        var backoff = new Backoff(s_firstPause, s_longestPause);
        while (!stop.IsCancellationRequested)
        {
            var end = await CallAsync(stop).ConfigureAwait(false);
            if (end is { IsChanged: true }) continue;
            if (end.HasGiven) backoff.Reset();

            // A stream may end at any time (SPIFFE Workload API §4.2), with its agent's restart for example: one that was good is told
            // as a fault only when no other comes.
            if (!end.HasGiven || end.Fault is { } fault && fault.Reason != Reasons.Unreadable) Ended(end.Fault ?? Silent, stop);
            await Task.Delay(backoff.Next(), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private MaterialFault Silent => new(Reasons.Unreadable, $"{endpoint} ended the stream without an answer");

    /// <summary>One stream from its beginning to its end.</summary>
    private async Task<StreamEnd> CallAsync(CancellationToken stop)
    {
        using var call = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var hasGiven = false;
        bool wantsSvids;
        lock (_gate)
        {
            wantsSvids = _listeners.Exists(listener => listener.WantsSvids);
            _call = call;
        }

        try
        {
            var fault = await new WorkloadCall(endpoint, time).RunAsync(wantsSvids ? "FetchX509SVID" : "FetchX509Bundles", Take, call.Token).ConfigureAwait(false);
            return new StreamEnd(fault, hasGiven);
        }
        catch (OperationCanceledException) when (call.IsCancellationRequested)
        {
            return new StreamEnd(null, hasGiven) { IsChanged = true };
        }
        catch (Exception e) // what nobody foresaw ends one stream
        {
            lock (_gate) _listeners.ForEach(listener => listener.Failed(e));
            return new StreamEnd(new MaterialFault(Reasons.Unreadable, $"{endpoint} cannot be followed: {e.GetType().Name}"), hasGiven);
        }
        finally
        {
            lock (_gate)
            {
                if (_call == call) _call = null;
                if (!stop.IsCancellationRequested) _state = _state with { Connected = false, LastUpdate = hasGiven ? time.GetUtcNow() : _state.LastUpdate };
            }
        }

        string? Take(ReadOnlySpan<byte> answer)
        {
            var update = wantsSvids
                ? WorkloadUpdate.OfSvids(answer, endpoint.ToString(), _update, out var problem)
                : WorkloadUpdate.OfBundles(answer, endpoint.ToString(), out problem);
            if (update is null) return problem;
            hasGiven = true;
            lock (_gate)
            {
                if (stop.IsCancellationRequested) return null;
                (_update, _fault, _state) = (update, null, new SourceState(SpiffeSvid.Kind, endpoint.ToString()) { Connected = true, LastUpdate = time.GetUtcNow() });
                foreach (var listener in _listeners)
                {
                    if (wantsSvids || !listener.WantsSvids) listener.Take(update);
                }
            }

            return null;
        }
    }

    private void Ended(MaterialFault fault, CancellationToken stop)
    {
        lock (_gate)
        {
            if (stop.IsCancellationRequested) return;
            _state = _state with { Fault = fault.Detail };
            if (_fault == fault) return;
            _fault = fault;
            _listeners.ForEach(listener => listener.Complain(fault));
        }
    }

    /// <param name="HasGiven">Whether it gave an update.</param>
    private readonly record struct StreamEnd(MaterialFault? Fault, bool HasGiven)
    {
        /// <summary>Ended by us, for another kind of call, or for good.</summary>
        public bool IsChanged { get; init; }
    }
}

/// <summary>Who wants to know what a Workload API says.</summary>
/// <param name="WantsSvids">Bundles alone are given to those as well who have no identity.</param>
/// <param name="Complain">Told why nothing comes at present.</param>
/// <param name="Failed">Told what nobody foresaw.</param>
internal sealed record WorkloadListener(bool WantsSvids, Action<WorkloadUpdate> Take, Action<MaterialFault> Complain, Action<Exception> Failed);
