using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Trust;

/// <summary>A revocation list and its place. Its signers are cached. Thread-safe.</summary>
/// <param name="place">The file or URL.</param>
internal sealed class KnownList(RevocationList list, string place)
{
    /// <summary>An authority has one or two keys, and few certificates for each.</summary>
    private const int MostSigners = 64;

    private readonly BoundedCache<string, Lazy<bool>> _signers = new(MostSigners);

    public RevocationList List => list;

    public string Place => place;

    /// <summary>Why it is not usable, whoever signed it, as the end of a sentence; null: it is usable.</summary>
    public string? Problem { get; } = list.Problem ?? (Strength.IsWeakHash(SignatureHash.Of(list.SignatureAlgorithm))
        ? $"is signed with {SignatureHash.Of(list.SignatureAlgorithm)}, which can be forged" : null);

    /// <summary>
    /// Whether the key of this certificate signed it. The first call takes as long as hashing the list; concurrent calls wait for it.
    /// </summary>
    public bool IsSignedBy(Certificate issuer)
    {
        if (_signers.TryGet(issuer.Sha256, out var known)) return known.Value;
        var asked = new Lazy<bool>(() => ListSignature.IsSignedBy(list, issuer.Der.Span));
        _signers.Add(issuer.Sha256, asked); // keeps the first of two
        return (_signers.TryGet(issuer.Sha256, out known) ? known : asked).Value;
    }

    /// <summary>Whether a certificate may sign lists (RFC 5280 §6.3.3 (f)).</summary>
    public static bool MaySign(Certificate issuer) => issuer.Rules.KeyUsage is not { } usage || usage.HasFlag(X509KeyUsageFlags.CrlSign);
}
