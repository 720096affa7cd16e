using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>A credential or a trust bundle from a SPIFFE Workload API.</summary>
/// <param name="choose">From the answer and the previous object to the selected one; the same object if it is unchanged.</param>
internal sealed class WorkloadSource<T>(
    SharedConnections<WorkloadStream, WorkloadFeed>.Use feed, Func<WorkloadUpdate, T?, Chosen<T>> choose, TimeProvider time) : IMaterialSource<T>
    where T : class
{
    /// <summary>The limit for a single read.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private WorkloadListener? _listener;

    /// <summary>For a slot <c>next</c>: if it is not issued, it is not staged.</summary>
    public bool MayBeAbsent { get; init; }

    public MaterialFault NothingYet => new(Reasons.Unreadable, $"{feed.Connection.Endpoint} has delivered nothing yet");

    public SourceState State => feed.Connection.State;

    public FileFollower? Open(Held<T> holder)
    {
        T? last = null;
        Material<T>? given = null;
        feed.Connection.Join(_listener = new WorkloadListener(Take, Complain, holder.Failed));
        return null;

        void Take(WorkloadUpdate update)
        {
            var chosen = choose(update, last);
            var material = Meant(chosen.Material);
            if (material == given) return;
            if (chosen.IsWithdrawn) last = null;
            else last = material.Good ?? last;
            if (material is { Good: not null, Fault: null } && material.Good == holder.Current.Good) holder.Confirm();
            else if (chosen.IsWithdrawn && material.Fault is { } fault) holder.Withdraw(fault);
            else holder.Take(material);
            given = material;
        }

        void Complain(MaterialFault fault)
        {
            given = null;
            // What an answer no longer contains is no longer staged. But an agent that is starting denies everything for a moment.
            if (MayBeAbsent && fault.Reason == Reasons.NotIssued && holder.Current.Good is null) holder.Take(new Material<T>(null, null));
            else holder.Complain(fault);
        }
    }

    /// <summary>Waits for the first answer.</summary>
    public async Task<Look<T>> LookAsync(CancellationToken stop)
    {
        var answer = new TaskCompletionSource<Material<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = new WorkloadListener(
            update => answer.TrySetResult(Meant(choose(update, null).Material)), fault => answer.TrySetResult(Meant(new Material<T>(null, fault))), e => answer.TrySetException(e));
        feed.Connection.Join(listener);
        try
        {
            await Task.WhenAny(answer.Task, Task.Delay(s_patience, time, stop)).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            var found = answer.Task.IsCompleted ? await answer.Task.ConfigureAwait(false) : new Material<T>(null, NothingYet);
            return new Look<T>(found, found.Fault is { } fault ? [fault] : []);
        }
        finally
        {
            feed.Connection.Leave(listener);
        }
    }

    public void Dispose()
    {
        if (_listener is { } listener) feed.Connection.Leave(listener);
        feed.Dispose();
    }

    private Material<T> Meant(Material<T> material) => MayBeAbsent && material.Fault?.Reason == Reasons.NotIssued ? new(null, null) : material;
}

/// <summary>The selected part of an answer.</summary>
/// <param name="IsWithdrawn">The answer withdraws what was in use, which must go (SPIFFE Workload API §4.4); the fault says so.</param>
internal readonly record struct Chosen<T>(Material<T> Material, bool IsWithdrawn)
    where T : class;
