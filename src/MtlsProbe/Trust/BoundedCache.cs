using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace MtlsProbe.Trust;

/// <summary>
/// A thread-safe cache of about twice <paramref name="capacity"/> entries at most: two generations, of which the older is dropped
/// whole when the younger is full; what is still in use moves to the younger one.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Lock _turn = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new();
    private volatile ConcurrentDictionary<TKey, TValue> _old = new();
    private int _count;

    /// <summary>How many entries are held.</summary>
    public int Count => _young.Count + _old.Count;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.TryGetValue(key, out value)) return false;
        Add(key, value);
        return true;
    }

    public void Add(TKey key, TValue value)
    {
        if (!_young.TryAdd(key, value) || Interlocked.Increment(ref _count) < capacity) return;
        lock (_turn)
        {
            if (_count < capacity) return;
            _old = _young;
            _young = new();
            _count = 0;
        }
    }
}
