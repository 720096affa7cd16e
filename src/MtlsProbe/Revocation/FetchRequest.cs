using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>What is to be fetched by HTTP, and within which bounds.</summary>
internal sealed record FetchRequest(Uri Url)
{
    /// <summary>Whether the configuration names the URL: only then may it lead to a private address.</summary>
    public required Func<Uri, bool> IsConfigured { get; init; }

    /// <summary>Null: the straight way.</summary>
    public ProxyServer? Proxy { get; init; }

    /// <summary>For https: trusted in addition to the anchors of the machine.</summary>
    public ValueList<Certificate> Anchors { get; init; } = [];

    /// <summary>What is posted; null: it is a GET.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>Of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The validator of the last answer (RFC 9110 §8.8); null if it had none.</summary>
    public string? EntityTag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Given the content piece by piece as it comes; null: it is collected (<see cref="FetchAnswer.Content"/>). A piece is used again afterwards.</summary>
    public Action<ReadOnlyMemory<byte>>? Into { get; init; }

    /// <summary>Bytes of the answer.</summary>
    public required int MostBytes { get; init; }

    /// <summary>For everything together.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Between two pieces of the answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>What came of it.</summary>
internal sealed record FetchAnswer
{
    /// <summary>Null where nothing came that could be used, or nothing new, or it was not to be collected.</summary>
    public ReadOnlyMemory<byte>? Content { get; init; }

    /// <summary>The answer is complete, and was passed to <see cref="FetchRequest.Into"/>. Otherwise, only a part was passed.</summary>
    public bool IsGiven { get; init; }

    /// <summary>The answer was that nothing has changed (304), and that was the question.</summary>
    public bool IsUnchanged { get; init; }

    /// <summary>As the end of a sentence that begins with the URL; null where it went well.</summary>
    public string? Problem { get; init; }

    /// <summary>The status, where it was none that could be used; null where no answer came.</summary>
    public int? Status { get; init; }

    public string? EntityTag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    public static FetchAnswer Failed(string problem) => new() { Problem = problem };
}
