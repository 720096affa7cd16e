namespace MtlsProbe.Clusters;

/// <summary>One page of a list of objects.</summary>
/// <param name="Version">Of the list; a watch can start from it.</param>
/// <param name="Next">The token for the next page; null after the last one.</param>
internal sealed record ObjectPage<T>(IReadOnlyList<(ObjectName Name, T Object)> Objects, string Version, string? Next);

/// <summary>The name of an object of one kind.</summary>
internal readonly record struct ObjectName(string Namespace, string Name);

/// <summary>An event of a watch.</summary>
/// <param name="Kind">ADDED, MODIFIED, DELETED or BOOKMARK; anything else is an error.</param>
/// <param name="Object">Null if the object was deleted, and for other events.</param>
/// <param name="Version">The next watch can start from it; empty if the event has none.</param>
internal sealed record ObjectEvent<T>(string Kind, ObjectName Name, T? Object, string Version)
    where T : class;

/// <summary>Why a request has failed.</summary>
/// <param name="Text">A sentence without a full stop.</param>
/// <param name="Status">Of the response; 0 if there was none.</param>
/// <param name="RetryAfter">How long the server wants to be left alone.</param>
internal sealed record ObjectProblem(string Text, int Status = 0, TimeSpan? RetryAfter = null);
