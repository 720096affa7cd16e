namespace MtlsProbe.Model;

/// <summary>A revocation list of a trust bundle, as it is held now.</summary>
/// <param name="Trust">Name of the bundle.</param>
/// <param name="Place">The file or URL.</param>
internal sealed record RevocationListState(string Trust, string Place)
{
    /// <summary>The name of the list's issuer; null while none has been read.</summary>
    public string? Issuer { get; init; }

    public DateTimeOffset? ThisUpdate { get; init; }

    /// <summary>Null while none has been read, and where the list does not say.</summary>
    public DateTimeOffset? NextUpdate { get; init; }

    /// <summary>How many certificates it names.</summary>
    public int Entries { get; init; }

    /// <summary>What is wrong with it whatever the time is, in a sentence that begins with the place; null where nothing is.</summary>
    public string? Problem { get; init; }

    /// <summary>The only problem is that the signature cannot be verified yet, because no certificate of its issuer is known.</summary>
    public bool IssuerIsUnknown { get; init; }

    /// <summary>Signed by a certificate of its issuer that this trust bundle knows. Otherwise, its content is only a claim of the sender.</summary>
    public bool IsSigned { get; init; }

    /// <summary>It contains the changes since a complete list.</summary>
    public bool IsDelta { get; init; }

    /// <summary>The bundle has a newer, also signed one for the same certificates.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Whether the list says something at that time.</summary>
    public bool IsInForce(DateTimeOffset now) => Problem is null && ThisUpdate is not null && NextUpdate >= now;
}
