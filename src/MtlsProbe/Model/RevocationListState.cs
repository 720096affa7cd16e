namespace MtlsProbe.Model;

/// <summary>The current state of a revocation list of a trust bundle.</summary>
/// <param name="Trust">Name of the bundle.</param>
/// <param name="Place">The file or URL.</param>
internal sealed record RevocationListState(string Trust, string Place)
{
    /// <summary>The name of the list's issuer; null while none has been read.</summary>
    public string? Issuer { get; init; }

    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>Null while none has been read, or if the list does not state it.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    /// <summary>How many certificates it lists.</summary>
    public int Entries { get; init; }

    /// <summary>What is wrong with it at any time, as a sentence that begins with the place; null if nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>The only problem is that the signature cannot be verified yet, because no certificate of its issuer is known.</summary>
    public bool IssuerIsUnknown { get; init; }

    /// <summary>Signed by a certificate of its issuer that this trust bundle knows. Otherwise, its content is only an unverified claim.</summary>
    public bool IsSigned { get; init; }

    /// <summary>It is a delta CRL: it contains the changes since a complete list.</summary>
    public bool IsDelta { get; init; }

    /// <summary>The bundle has a newer signed list for the same certificates.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether the list is valid evidence at that time.</summary>
    public bool IsInForce(DateTimeOffset now) => Problem is null && ThisUpdate is not null && NextUpdate >= now;
}
