namespace MtlsProbe.Clusters;

/// <summary>One page of a list of objects.</summary>
/// <param name="Version">Of the list, from which a watch goes on.</param>
/// <param name="Next">Where the list goes on; null: it is at its end.</param>
internal sealed record ObjectPage<T>(IReadOnlyList<(ObjectName Name, T Object)> Objects, string Version, string? Next);

/// <summary>The name of an object of one kind.</summary>
internal readonly record struct ObjectName(string Namespace, string Name);

/// <summary>An event of a watch.</summary>
/// <param name="Kind">ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.</param>
/// <param name="Object">Null where there is none any more.</param>
/// <param name="Version">From which a watch goes on.</param>
/// <param name="Code">Of an error.</param>
internal sealed record ObjectEvent<T>(string Kind, ObjectName Name, T? Object, string Version, int Code)
    where T : class;
