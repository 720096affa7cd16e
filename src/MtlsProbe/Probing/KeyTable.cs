using System.Diagnostics.CodeAnalysis;

namespace MtlsProbe.Probing;

/// <summary>
/// Items by a key that each of them has. An item takes 8 bytes of it and a key 5 to 11, where <see cref="Dictionary{TKey, TValue}"/> takes 28 to 60:
/// there are several of these for each target. Not thread-safe.
/// </summary>
internal sealed class KeyTable<TKey, T>(Func<T, TKey> keyOf)
    where TKey : notnull, IEquatable<TKey>
    where T : class
{
    private const int Fewest = 8;

    private T[] _items = [];
    private int[] _slots = new int[Fewest]; // open addressing; the index of an item plus one, 0: free

    /// <param name="items">The items, with different keys. It is used as it is: neither it nor the table may be changed afterwards.</param>
    public KeyTable(Func<T, TKey> keyOf, T[] items)
        : this(keyOf)
    {
        (_items, Count) = (items, items.Length);
        var slots = Fewest;
        while (4 * Count > 3 * slots) slots *= 2;
        Rehash(slots);
    }

    public int Count { get; private set; }

    /// <summary>The item at a place, as <see cref="IndexOf"/> gives it.</summary>
    public T this[int index] => _items[index];

    /// <summary>The item with this key.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public T this[TKey key] => Find(key) ?? throw new KeyNotFoundException();

    /// <summary>Null if there is no item with this key.</summary>
    public T? Find(TKey key) => IndexOf(key) is var index && index >= 0 ? _items[index] : null;

    public bool TryFind(TKey key, [NotNullWhen(true)] out T? item) => (item = Find(key)) is not null;

    /// <summary>The place of an item, which it keeps until one is removed; negative if there is no item with this key.</summary>
    public int IndexOf(TKey key) => _slots[SlotOf(key)] - 1;

    /// <summary>Makes room for so many items, and no more.</summary>
    public void Reserve(int count)
    {
        if (count > _items.Length) Array.Resize(ref _items, count);
    }

    /// <summary>Adds an item, or replaces the one with the same key.</summary>
    public void Put(T item)
    {
        var slot = SlotOf(keyOf(item));
        if (_slots[slot] > 0)
        {
            _items[_slots[slot] - 1] = item;
            return;
        }

        if (Count == _items.Length) Array.Resize(ref _items, Math.Max(Fewest, Count + (Count / 2)));
        _items[Count++] = item;
        _slots[slot] = Count;
        if (4 * Count > 3 * _slots.Length) Rehash(2 * _slots.Length);
    }

    /// <summary>Removes the item with this key; null if there is none.</summary>
    public T? Remove(TKey key)
    {
        var slot = SlotOf(key);
        var index = _slots[slot] - 1;
        if (index < 0) return null;
        var removed = _items[index];
        Free(slot);
        var last = --Count;
        if (index != last)
        {
            // The last item takes its place, so that there are no gaps.
            _slots[SlotOf(keyOf(_items[last]))] = index + 1;
            _items[index] = _items[last];
        }

        _items[last] = null!;
        if (Count < _items.Length / 2) Shrink();
        return removed;
    }

    /// <summary>The slot of this key: its own, or the free one that it would get.</summary>
    private int SlotOf(TKey key)
    {
        for (var slot = Home(key); ; slot = Next(slot))
        {
            if (_slots[slot] == 0 || keyOf(_items[_slots[slot] - 1]).Equals(key)) return slot;
        }
    }

    /// <summary>Empties a slot, and moves those behind it that would no longer be found.</summary>
    private void Free(int slot)
    {
        var free = slot;
        for (var next = Next(free); _slots[next] != 0; next = Next(next))
        {
            var home = Home(keyOf(_items[_slots[next] - 1]));
            if (Distance(home, next) < Distance(free, next)) continue;
            _slots[free] = _slots[next];
            free = next;
        }

        _slots[free] = 0;
    }

    private void Shrink()
    {
        Array.Resize(ref _items, Math.Max(Fewest, Count + (Count / 4)));
        var slots = _slots.Length;
        while (slots > Fewest && 4 * Count < slots) slots /= 2;
        if (slots < _slots.Length) Rehash(slots);
    }

    private void Rehash(int slots)
    {
        _slots = new int[slots];
        for (var i = 0; i < Count; i++)
        {
            var slot = Home(keyOf(_items[i]));
            while (_slots[slot] != 0) slot = Next(slot);
            _slots[slot] = i + 1;
        }
    }

    private int Home(TKey key) => (int)((uint)key.GetHashCode() * 2_654_435_769u >> 3) & (_slots.Length - 1);

    private int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    private int Distance(int from, int to) => (to - from) & (_slots.Length - 1);
}
