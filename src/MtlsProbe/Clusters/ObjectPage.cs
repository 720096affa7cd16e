namespace MtlsProbe.Clusters;

/// <summary>One page of a list of objects.</summary>
/// <param name="Version">The version of the list, from which a watch continues.</param>
/// <param name="Next">The continuation of the list; null: it is complete.</param>
internal sealed record ObjectPage<T>(IReadOnlyList<(ObjectName Name, T Object)> Objects, string Version, string? Next);

/// <summary>The name of an object of one kind.</summary>
internal readonly record struct ObjectName(string Namespace, string Name);

/// <summary>An event of a watch.</summary>
/// <param name="Kind">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
/// <param name="Object">Null if the object no longer exists.</param>
/// <param name="Version">The version from which a watch continues.</param>
/// <param name="Code">The code of an error.</param>
internal sealed record ObjectEvent<T>(string Kind, ObjectName Name, T? Object, string Version, int Code)
    where T : class;
