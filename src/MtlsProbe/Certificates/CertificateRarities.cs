using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>What only few certificates have, so that the others need no memory for it.</summary>
internal sealed record CertificateRarities
{
    public static readonly CertificateRarities None = new();

    /// <summary>The extension that says where revocation is published, as read by <see cref="DistributionPoint"/>; empty if there is none.</summary>
    public ReadOnlyMemory<byte> DistributionPoints { get; init; }

    /// <summary>The extension that says where delta lists are (freshestCRL, RFC 5280 §4.2.1.15), in the same form; empty if there is none.</summary>
    public ReadOnlyMemory<byte> DeltaPoints { get; init; }

    /// <summary>How many issuers may follow below it; null: any number.</summary>
    public int? PathLength { get; init; }

    /// <summary>DER of the name constraints extension; empty if there are none.</summary>
    public ReadOnlyMemory<byte> NameConstraints { get; init; }

    /// <summary>Whether the name constraints are critical, as they should be.</summary>
    public bool NameConstraintsAreCritical { get; init; }

    /// <summary>The encoded start of the validity if it is malformed; otherwise null.</summary>
    public string? MalformedNotBefore { get; init; }

    /// <summary>The encoded end of the validity if it is malformed; otherwise null.</summary>
    public string? MalformedNotAfter { get; init; }

    /// <summary>Where to get the issuer's certificate; null if the certificate does not say. Untrusted text, never fetched.</summary>
    public string? IssuerUri { get; init; }

    /// <summary>Its OCSP responder; null if the certificate does not say. Untrusted text.</summary>
    public string? ResponderUri { get; init; }

    /// <summary>Object identifiers of critical extensions that these rules do not know.</summary>
    public ValueList<string> UnknownCriticalExtensions { get; init; } = [];

    /// <summary>Object identifiers of extensions that occur twice, or whose content does not match their type.</summary>
    public ValueList<string> MalformedExtensions { get; init; } = [];
}
