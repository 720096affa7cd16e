using MtlsProbe.Clusters;
using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// A cluster object that is read and then watched, by its name only, so a role can allow exactly this. When the watch ends, the object is read again.
/// While the cluster is unavailable, the last content stays in use, and the source retries.
/// </summary>
/// <param name="mayBeAbsent">For a slot <c>next</c>: if there is no such object, nothing is staged.</param>
/// <param name="once">The object is read until there is an answer, and not watched.</param>
internal sealed class KubernetesSource<T>(
    KubernetesReader<T> reader, SharedConnections<KubernetesCluster, ClusterClient>.Use client, TimeProvider time, bool mayBeAbsent, bool once) : IMaterialSource<T>
    where T : class
{
    /// <summary>A watch that lasts for less than this has failed.</summary>
    private static readonly TimeSpan s_whole = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    private volatile SourceState _state = new(KubernetesObject.SourceKind, reader.Place.Cluster.Name);
    private MaterialFault? _unwatched; // the object can be read, but not watched
    private string? _stamp;
    private string? _tooOld; // the version from which the cluster no longer allows a watch

    public MaterialFault NothingYet => new(Reasons.Unreadable, $"{KubernetesFaults.PlaceOf(reader.Place)} has not been read yet");

    public SourceState? State => _state;

    public FileFollower? Open(Held<T> holder)
    {
        _ = Task.Run(() => RunAsync(holder), CancellationToken.None);
        return null;
    }

    public async Task<Look<T>> LookAsync(CancellationToken stop)
    {
        var outcome = await reader.ReadAsync(client.Connection, null, time, stop).ConfigureAwait(false);
        return new Look<T>(Meant(outcome)!, outcome.Given?.Fault is { } fault ? [fault] : []);
    }

    public void Dispose()
    {
        _stop.Cancel();
        client.Dispose();
    }

    private async Task RunAsync(Held<T> holder)
    {
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var outcome = await reader.ReadAsync(client.Connection, _stamp, time, stop).ConfigureAwait(false);
                Take(outcome, holder);
                if (once) return;
                if (outcome.IsConnected)
                {
                    var begun = time.GetTimestamp();
                    // A version that is too old may be the newest of an object that seldom changes. Without a version, a watch begins with the object
                    // itself.
                    await WatchAsync(outcome.Version == _tooOld ? "" : outcome.Version, holder, stop).ConfigureAwait(false);
                    if (time.GetElapsedTime(begun) >= s_whole) _backoff.Reset();
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) // even if there is no memory: there may be next time
            {
                holder.Failed(fault);
            }

            await Task.Delay(_backoff.Next(), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs until the watch ends for any reason.</summary>
    /// <param name="version">Empty: the watch begins with the current object, or with its creation.</param>
    private async Task WatchAsync(string version, Held<T> holder, CancellationToken stop)
    {
        var watch = new ClusterWatch(client.Connection, reader.Place.ListPath, $"&fieldSelector=metadata.name%3D{reader.Place.Name}", KubernetesReader<T>.MaxObject, time);
        var isAnswered = false;
        var end = await watch.RunAsync(version, Answered, line => TakeEvent(line.Span, version, holder), stop).ConfigureAwait(false);
        if (!isAnswered && end.IsSilence) Unwatch(KubernetesFaults.Of(reader.Place, "watch", end.Problem!)); // other problems are found by reading the object again

        void Answered(HttpResponseMessage response)
        {
            isAnswered = true;
            var status = (int)response.StatusCode;
            if (status is 401 or 403) Unwatch(KubernetesFaults.Of(reader.Place, "watch", status));
            else
            {
                if (_unwatched is not null && response.IsSuccessStatusCode) holder.Confirm();
                _unwatched = null;
            }

            if (status == 410) _tooOld = version;
        }

        void Unwatch(MaterialFault fault)
        {
            _unwatched = fault;
            holder.Complain(fault);
        }
    }

    /// <returns>Whether the watch continues.</returns>
    private bool TakeEvent(ReadOnlySpan<byte> line, string version, Held<T> holder)
    {
        using var values = ClusterValues.Read(line, reader.Keys, reader.Place.IsConfigMap);
        switch (values.Event)
        {
            case "ADDED" or "MODIFIED":
                Take(reader.Of(values, _stamp), holder);
                return true;
            case "DELETED":
                Take(new KubernetesOutcome<T>(new(null, KubernetesFaults.Deleted(reader.Place)), null, "", true) { IsNothing = true }, holder);
                return true;
            case "BOOKMARK":
                _state = _state with { LastUpdate = time.GetUtcNow() };
                return true;
            default:
                if (values.Code == 410) _tooOld = version;
                return false; // an error
        }
    }

    private void Take(KubernetesOutcome<T> outcome, Held<T> holder)
    {
        var given = Meant(outcome);
        if (outcome.IsConnected) _stamp = outcome.Stamp;
        _state = _state with
        {
            Connected = outcome.IsConnected,
            LastUpdate = outcome.IsConnected ? time.GetUtcNow() : _state.LastUpdate,
            Fault = outcome.IsConnected ? null : given?.Fault?.Detail,
        };
        if (given is not null) holder.Take(given with { Fault = given.Fault ?? _unwatched });
        else if (_unwatched is null) holder.Confirm();
        else holder.Complain(_unwatched);
    }

    private Material<T>? Meant(KubernetesOutcome<T> outcome) => outcome.IsNothing && mayBeAbsent ? new(null, null) : outcome.Given;
}
