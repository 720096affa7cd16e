namespace MtlsProbe.Model;

/// <summary>A revocation list of a trust bundle, as it is held now.</summary>
/// <param name="Trust">Name of the bundle.</param>
/// <param name="Place">The file or URL.</param>
internal sealed record RevocationListState(string Trust, string Place)
{
    /// <summary>The name of who issues the list; null while none has been read.</summary>
    public string? Issuer { get; init; }

    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>Null while none has been read, and where the list does not say.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    /// <summary>How many certificates it names.</summary>
    public int Entries { get; init; }

    /// <summary>What is wrong with it whatever the time is, in a sentence that begins with the place; null where nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>The problem is no more than that nobody can tell yet who signed it: no certificate of its issuer is known.</summary>
    public bool IssuerIsUnknown { get; init; }

    /// <summary>A certificate of its issuer that this trust bundle knows has signed it. Without, all that it says of itself is a claim of whoever sent it.</summary>
    public bool IsSigned { get; init; }

    /// <summary>It tells the changes since a complete list.</summary>
    public bool IsDelta { get; init; }

    /// <summary>The bundle has a newer one that speaks of the same certificates, and is signed as well.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether the list says something at that time.</summary>
    public bool IsInForce(DateTimeOffset now) => Problem is null && ThisUpdate is not null && NextUpdate >= now;
}
