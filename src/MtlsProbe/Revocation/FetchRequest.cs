using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>What to fetch by HTTP, and within which limits.</summary>
internal sealed record FetchRequest(Uri Url)
{
    /// <summary>Whether the configuration names the URL: only then may it lead to a private address.</summary>
    public required Func<Uri, bool> IsConfigured { get; init; }

    /// <summary>Null: a direct connection.</summary>
    public ProxyServer? Proxy { get; init; }

    /// <summary>For https: trusted in addition to the anchors of the machine.</summary>
    public ValueList<Certificate> Anchors { get; init; } = [];

    /// <summary>The body of a POST; null: it is a GET.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The validator of the last response (RFC 9110 §8.8); null if it had none.</summary>
    public string? EntityTag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>
    /// Receives the content in pieces as they arrive; null: it is collected (<see cref="FetchAnswer.Content"/>). The memory of a piece is reused
    /// afterwards.
    /// </summary>
    public Action<ReadOnlyMemory<byte>>? Into { get; init; }

    /// <summary>Maximum bytes of the response.</summary>
    public required int MostBytes { get; init; }

    /// <summary>The limit for the whole fetch.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The limit between two pieces of the response.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>The result of a fetch.</summary>
internal sealed record FetchAnswer
{
    /// <summary>Null if there is nothing usable or nothing new, or if it was not to be collected.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>The response is complete, and was passed to <see cref="FetchRequest.Into"/>. Otherwise, only a part was passed.</summary>
    public bool IsGiven { get; init; }

    /// <summary>The response says that nothing has changed (304), and the request asked for that.</summary>
    public bool IsUnchanged { get; init; }

    /// <summary>As the end of a sentence that begins with the URL; null on success.</summary>
    public string? Problem { get; init; }

    /// <summary>The HTTP status of an unsuccessful response; null if there was no response.</summary>
    public int? Status { get; init; }

    public string? EntityTag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    public static FetchAnswer Failed(string problem) => new() { Problem = problem };
}
