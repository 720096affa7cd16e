using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// One stream of a SPIFFE Workload API and its last answer. All listeners share it, as long as there is one; it is reopened whenever it ends.
/// Thread-safe; a listener gets one call at a time.
/// </summary>
internal sealed class WorkloadFeed(WorkloadStream its, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<WorkloadListener> _listeners = [];
    private WorkloadUpdate? _update;
    private MaterialFault? _fault;
    private CancellationTokenSource? _running;
    private volatile SourceState _state = new(SpiffeSvid.Kind, its.Endpoint.ToString());

    public SpiffeEndpoint Endpoint => its.Endpoint;

    /// <summary>The state of the stream.</summary>
    public SourceState State => _state;

    /// <summary>Adds a listener. It gets the current state at once.</summary>
    public void Join(WorkloadListener listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
            if (_update is { } update) listener.Take(update);
            if (_fault is { } fault) listener.Complain(fault);
            if (_running is not null) return;
            _running = new CancellationTokenSource();
            var stop = _running.Token;
            _ = Task.Run(() => RunAsync(stop), CancellationToken.None);
        }
    }

    /// <summary>Removes a listener.</summary>
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
        (_running, _update, _fault, _state) = (null, null, null, new SourceState(SpiffeSvid.Kind, Endpoint.ToString()));
    }

    /// <summary>Runs until there is no listener. Never throws.</summary>
    private async Task RunAsync(CancellationToken stop)
    {
        var backoff = new Backoff(s_firstPause, s_longestPause);
        while (!stop.IsCancellationRequested)
        {
            var end = await CallAsync(stop).ConfigureAwait(false);
            if (stop.IsCancellationRequested) return;
            if (end.HasGiven && (end.Fault is null || end.Fault.Reason == Reasons.Unreadable)) backoff.Reset();

            // A stream can end at any time (SPIFFE Workload API §4.2), for example when the agent restarts. The end of a good stream is reported as a
            // fault only if no other stream follows.
            if (!end.HasGiven || end.Fault is { } fault && fault.Reason != Reasons.Unreadable) Ended(end.Fault ?? Silent, stop);
            await Task.Delay(backoff.Next(), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private MaterialFault Silent => new(Reasons.Unreadable, $"{Endpoint} ended the stream without an answer");

    /// <summary>One stream from its beginning to its end.</summary>
    private async Task<StreamEnd> CallAsync(CancellationToken stop)
    {
        var hasGiven = false;
        try
        {
            var fault = await new WorkloadCall(Endpoint, time).RunAsync(its.HasSvids ? "FetchX509SVID" : "FetchX509Bundles", Take, stop).ConfigureAwait(false);
            return new StreamEnd(fault, hasGiven);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new StreamEnd(null, hasGiven);
        }
        catch (Exception e) // an unexpected error ends only this stream
        {
            lock (_gate) _listeners.ForEach(listener => listener.Failed(e));
            return new StreamEnd(new MaterialFault(Reasons.Unreadable, $"{Endpoint} cannot be followed: {e.GetType().Name}"), hasGiven);
        }
        finally
        {
            lock (_gate)
            {
                if (!stop.IsCancellationRequested) _state = _state with { Connected = false, LastUpdate = hasGiven ? time.GetUtcNow() : _state.LastUpdate };
            }
        }

        string? Take(ReadOnlySpan<byte> answer)
        {
            var update = its.HasSvids
                ? WorkloadUpdate.OfSvids(answer, Endpoint.ToString(), _update, out var problem)
                : WorkloadUpdate.OfBundles(answer, Endpoint.ToString(), out problem);
            if (update is null) return problem;
            hasGiven = true;
            lock (_gate)
            {
                if (stop.IsCancellationRequested) return null;
                (_update, _fault, _state) = (update, null, new SourceState(SpiffeSvid.Kind, Endpoint.ToString()) { Connected = true, LastUpdate = time.GetUtcNow() });
                _listeners.ForEach(listener => listener.Take(update));
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

    /// <param name="HasGiven">Whether it delivered an update.</param>
    private readonly record struct StreamEnd(MaterialFault? Fault, bool HasGiven);
}

/// <summary>One of the two streams of a Workload API.</summary>
/// <param name="HasSvids">Otherwise it delivers only bundles.</param>
internal readonly record struct WorkloadStream(SpiffeEndpoint Endpoint, bool HasSvids);

/// <summary>A listener to a Workload API.</summary>
/// <param name="Complain">Called with the reason why nothing is delivered at present.</param>
/// <param name="Failed">Called with unexpected errors.</param>
internal sealed record WorkloadListener(Action<WorkloadUpdate> Take, Action<MaterialFault> Complain, Action<Exception> Failed);
