using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// The lists of one place: good ones stay in use until better ones are available. A server that answers instead of the issuer cannot withdraw what
/// the issuer has signed, neither with another list nor with an older one of the issuer (<see cref="HeldLists"/>). Thread-safe.
/// </summary>
/// <param name="Proxy">The proxy for a URL; null: a direct connection.</param>
/// <param name="opened">When it was first requested, in units of <see cref="TimeProvider.GetTimestamp"/>.</param>
internal sealed class HeldPlace(RevocationPlace place, ProxyServer? proxy, long opened = 0)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _underWay;
    private volatile bool _isSettled;
    private volatile HeldState _state = new([], "has not been read yet");

    public RevocationPlace Place => place;

    public ProxyServer? Proxy => proxy;

    public HeldState State => _state;

    public long Opened => opened;

    /// <summary>It is not awaited: the first attempt to read it has ended, successfully or not, or takes too long.</summary>
    public bool IsSettled => _isSettled;

    /// <summary>For a URL: when it is to be fetched again, in units of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Due { get; set; }

    /// <summary>Number of consecutive failed fetches, or expired lists.</summary>
    public int Failures { get; set; }

    public bool IsUnderWay => Volatile.Read(ref _underWay) is not null;

    /// <summary>The fetch in progress; completed if there is none.</summary>
    public Task UnderWay => Volatile.Read(ref _underWay)?.Task ?? Task.CompletedTask;

    /// <summary>For a distribution point: when a certificate that names it was last seen, in the same units.</summary>
    public long LastSeen { get; set; }

    public string? EntityTag { get; set; }

    public DateTimeOffset? LastModified { get; set; }

    /// <summary>Whether a fetch may begin, because none is in progress. <see cref="End"/> must follow.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _underWay, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null) is null;

    public void End() => Interlocked.Exchange(ref _underWay, null)?.SetResult();

    public void Settle() => _isSettled = true;

    /// <summary>Takes what was read.</summary>
    /// <param name="signers">As for <see cref="HeldLists"/>.</param>
    /// <param name="keepsUnsigned">As for <see cref="HeldLists"/>.</param>
    public void Take(ListReading read, Func<KnownList, ValueList<Certificate>?> signers, DateTimeOffset now, bool keepsUnsigned)
    {
        if (read.Lists.Count == 0)
        {
            Complain(read.Problem!);
            return;
        }

        var given = read.Lists.Select(list => new KnownList(list, place.Name)).ToValueList();
        lock (_gate) _state = new HeldLists(signers, now, isFile: !place.IsUrl, keepsUnsigned).Join(_state.Lists, given, read.Problem);
    }

    /// <summary>Records that nothing could be read; what was read before stays in use.</summary>
    public void Complain(string problem)
    {
        lock (_gate) _state = _state with { Problem = problem };
    }

    /// <summary>Records that the content has not changed.</summary>
    public void Confirm()
    {
        lock (_gate) _state = _state with { Problem = null };
    }
}

/// <summary>The lists and state of a place.</summary>
/// <param name="Problem">The current problem, as the end of a sentence that begins with the place; null: none.</param>
internal sealed record HeldState(ValueList<KnownList> Lists, string? Problem);
