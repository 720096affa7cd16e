using System.Reflection;
using System.Runtime.InteropServices;

namespace MtlsProbe.Benchmarks;

/// <summary>
/// The objects that can be reached from one, by type, with their real sizes: what is behind the figures of <see cref="KeptMemory"/>. It reads the sizes
/// from the runtime's description of a type, which is that of CoreCLR.
/// </summary>
internal sealed class HeapByType
{
    private const int Word = 8;
    private const int HasElements = int.MinValue; // flag in the first word of a type's description; its low half is the size of an element then
    private const int BaseSize = 4; // where its size without elements is

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Type, FieldInfo[]> _fields = [];
    private readonly Stack<object> _left = new();
    private readonly Dictionary<Type, (long Count, long Bytes)> _found = [];

    /// <param name="root">Is counted itself.</param>
    public static IReadOnlyList<(string Type, long Count, long Bytes)> From(object root)
    {
        var heap = new HeapByType();
        heap.Meet(root);
        while (heap._left.TryPop(out var next)) heap.Visit(next);
        return [.. heap._found.Select(found => (Name(found.Key), found.Value.Count, found.Value.Bytes)).OrderByDescending(found => found.Bytes)];
    }

    private void Visit(object found)
    {
        var type = found.GetType();
        var (count, bytes) = _found.GetValueOrDefault(type);
        _found[type] = (count + 1, bytes + SizeOf(found));
        if (found is string) return;
        if (found is not Array array) Follow(found, type);
        else if (type.GetElementType() is { } element && !element.IsPrimitive && !element.IsEnum)
        {
            foreach (var item in array)
            {
                if (item is null) continue;
                if (element.IsValueType) Follow(item, element);
                else Meet(item);
            }
        }
    }

    /// <summary>The references in the fields of an object or of a boxed value.</summary>
    private void Follow(object holder, Type type)
    {
        foreach (var field in FieldsOf(type))
        {
            if (ValueOf(field, holder) is not { } value) continue;
            if (field.FieldType.IsValueType) Follow(value, field.FieldType);
            else Meet(value);
        }
    }

    private static object? ValueOf(FieldInfo field, object holder)
    {
        try
        {
            return field.GetValue(holder);
        }
        catch (FieldAccessException)
        {
            return null; // the runtime does not show some of its own
        }
    }

    /// <summary>What belongs to the runtime or to the program as a whole is no part of what is kept.</summary>
    private void Meet(object found)
    {
        if (found is not (MemberInfo or Delegate or WeakReference) && found.GetType() is not { IsGenericType: true, Name: "WeakReference`1" } && _seen.Add(found)) _left.Push(found);
    }

    private FieldInfo[] FieldsOf(Type type)
    {
        if (_fields.TryGetValue(type, out var known)) return known;
        List<FieldInfo> fields = [];
        for (var owner = type; owner is not null; owner = owner.BaseType)
            fields.AddRange(owner.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Where(field => MayRefer(field.FieldType)));
        return _fields[type] = [.. fields];
    }

    private static bool MayRefer(Type type) => !type.IsPrimitive && !type.IsEnum && !type.IsPointer && (!type.IsValueType || type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(field => MayRefer(field.FieldType)));

    private static long SizeOf(object found)
    {
        var description = found.GetType().TypeHandle.Value;
        var (flags, size) = (Marshal.ReadInt32(description), (long)Marshal.ReadInt32(description, BaseSize));
        if ((flags & HasElements) != 0) size += (ushort)flags * (long)(found is string text ? text.Length : ((Array)found).Length);
        return (size + Word - 1) / Word * Word;
    }

    private static string Name(Type type) =>
        type.IsArray ? Name(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name;
}
