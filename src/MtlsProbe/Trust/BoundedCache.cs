using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace MtlsProbe.Trust;

/// <summary>
/// A thread-safe cache of at most about twice <paramref name="capacity"/>. It has two generations: the older is dropped as a whole when the younger
/// is full, and entries in use move to the younger one.
/// </summary>
/// <param name="capacity">Number of entries, or their total cost.</param>
/// <param name="cost">The cost of a value, in the same unit; null: each costs one.</param>
internal sealed class BoundedCache<TKey, TValue>(long capacity, Func<TValue, long>? cost = null)
    where TKey : notnull
{
    private readonly Lock _turn = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private long _taken;
    private long _takenBefore;

    /// <summary>The number of entries.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>Their total cost.</summary>
    public long Cost => Interlocked.Read(ref _taken) + Interlocked.Read(ref _takenBefore);

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.TryGetValue(key, out value)) return false;
        Add(key, value);
        return true;
    }

    public void Add(TKey key, TValue value)
    {
        if (!_young.TryAdd(key, value) || Interlocked.Add(ref _taken, cost?.Invoke(value) ?? 1) < capacity) return;
        lock (_turn)
        {
            if (_taken < capacity) return;
            _old = _young;
            _young = new();
            Interlocked.Exchange(ref _takenBefore, Interlocked.Exchange(ref _taken, 0));
        }
    }
}
