using System.Diagnostics.CodeAnalysis;

namespace MtlsProbe.Clusters;

/// <summary>Objects by name, limited in number and size: everyone who may create objects in a cluster can create many. Not thread-safe.</summary>
/// <param name="size">In characters, of one object.</param>
internal sealed class ObjectSet<T>(Func<T, int> size)
    where T : class
{
    public const int MostObjects = 100_000;

    /// <summary>In characters, of all objects.</summary>
    public const int MaxSize = 64 * 1024 * 1024;

    private readonly Dictionary<ObjectName, T> _objects = [];
    private long _size;

    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<(ObjectName Name, T Object)> All =>
        [.. _objects.OrderBy(one => one.Key.Namespace, StringComparer.Ordinal).ThenBy(one => one.Key.Name, StringComparer.Ordinal).Select(one => (one.Key, one.Value))];

    public bool TryGet(ObjectName name, [NotNullWhen(true)] out T? one) => _objects.TryGetValue(name, out one);

    /// <summary>Adds or replaces an object. False if that would exceed a limit; then nothing has changed.</summary>
    public bool TryPut(ObjectName name, T one)
    {
        var isKnown = _objects.TryGetValue(name, out var before);
        var next = _size + size(one) - (isKnown ? size(before!) : 0);
        if (next > MaxSize || (!isKnown && _objects.Count == MostObjects)) return false;
        _objects[name] = one;
        _size = next;
        return true;
    }

    /// <summary>False if there was no such object.</summary>
    public bool Remove(ObjectName name)
    {
        if (!_objects.Remove(name, out var before)) return false;
        _size -= size(before);
        return true;
    }
}
