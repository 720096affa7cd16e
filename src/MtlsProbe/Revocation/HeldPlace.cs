using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// What one place of revocation lists has given: what was good stays in use until something better is there. Nobody who answers in the place
/// of the issuer can take away what the issuer has signed, neither by another list nor by an older one of its own (<see cref="HeldLists"/>). Thread-safe.
/// </summary>
/// <param name="Proxy">The way to a URL; null: the straight one.</param>
/// <param name="opened">When somebody first wanted it, as <see cref="TimeProvider.GetTimestamp"/> counts.</param>
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

    /// <summary>Nobody waits for it: the first attempt to read it has ended, well or badly, or takes too long.</summary>
    public bool IsSettled => _isSettled;

    /// <summary>When it is to be fetched again, as <see cref="TimeProvider.GetTimestamp"/> counts; of a URL.</summary>
    public long Due { get; set; }

    /// <summary>How often in a row it could not be fetched, or gave a list that had ended.</summary>
    public int Failures { get; set; }

    public bool IsUnderWay => Volatile.Read(ref _underWay) is not null;

    /// <summary>The fetch that is under way; ended where none is.</summary>
    public Task UnderWay => Volatile.Read(ref _underWay)?.Task ?? Task.CompletedTask;

    /// <summary>When a certificate that names it was last seen, by the same count; of a distribution point.</summary>
    public long LastSeen { get; set; }

    public string? EntityTag { get; set; }

    public DateTimeOffset? LastModified { get; set; }

    /// <summary>Whether a fetch may begin: none is under way. <see cref="End"/> has to follow.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _underWay, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null) is null;

    public void End() => Interlocked.Exchange(ref _underWay, null)?.SetResult();

    public void Settle() => _isSettled = true;

    /// <summary>Takes what was read.</summary>
    /// <param name="signers">As of <see cref="HeldLists"/>.</param>
    /// <param name="keepsUnsigned">As of <see cref="HeldLists"/>.</param>
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

    /// <summary>Nothing could be read; what was read before stays in use.</summary>
    public void Complain(string problem)
    {
        lock (_gate) _state = _state with { Problem = problem };
    }

    /// <summary>What was read before is what is there now.</summary>
    public void Confirm()
    {
        lock (_gate) _state = _state with { Problem = null };
    }
}

/// <summary>What is held of a place.</summary>
/// <param name="Problem">What is wrong at present, as the end of a sentence that begins with the place; null: nothing.</param>
internal sealed record HeldState(ValueList<KnownList> Lists, string? Problem);
