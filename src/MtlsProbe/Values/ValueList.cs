using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MtlsProbe.Values;

/// <summary>An immutable list that compares by its elements. A record that contains one is a value.</summary>
[CollectionBuilder(typeof(ValueList), nameof(ValueList.Create))]
internal readonly struct ValueList<T>(ImmutableArray<T> items) : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly ImmutableArray<T> _items = items;

    public int Count => Items.Length;

    public T this[int index] => Items[index];

    private ImmutableArray<T> Items => _items.IsDefault ? [] : _items;

    /// <summary>The elements as they are in memory, which nobody may change.</summary>
    public T[] Memory => ImmutableCollectionsMarshal.AsArray(Items)!;

    /// <summary>Whether both share the same memory, and are not only equal.</summary>
    public bool IsSame(ValueList<T> other) => Items == other.Items;

    public bool Equals(ValueList<T> other) => IsSame(other) || Items.AsSpan().SequenceEqual(other.Items.AsSpan());

    public override bool Equals(object? obj) => obj is ValueList<T> other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in Items) hash.Add(item);
        return hash.ToHashCode();
    }

    public ImmutableArray<T>.Enumerator GetEnumerator() => Items.GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)Items).GetEnumerator();

    public override string ToString() => "[" + string.Join(", ", Items) + "]";

    public static bool operator ==(ValueList<T> left, ValueList<T> right) => left.Equals(right);

    public static bool operator !=(ValueList<T> left, ValueList<T> right) => !left.Equals(right);
}

/// <summary>Creates value lists, also from collection expressions.</summary>
internal static class ValueList
{
    public static ValueList<T> Create<T>(ReadOnlySpan<T> items) => new([.. items]);

    /// <summary>A list in this memory, which nobody may change any more.</summary>
    public static ValueList<T> Sharing<T>(T[] memory) => new(ImmutableCollectionsMarshal.AsImmutableArray(memory));

    public static ValueList<T> ToValueList<T>(this IEnumerable<T> items) => new([.. items]);
}
