using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Certificates;
using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;

namespace MtlsProbe.Credentials;

/// <summary>One X.509-SVID as issued by a Workload API. Certificate, chain and key belong together.</summary>
/// <param name="Id">As written in the message; it can be anything.</param>
/// <param name="Hint">Empty if the message has none.</param>
/// <param name="TrustDomain">The trust domain of the ID; null if the ID is invalid.</param>
/// <param name="Credential">Null if there is a fault.</param>
internal sealed record IssuedSvid(string Id, string Hint, string? TrustDomain, Credential? Credential, MaterialFault? Fault)
{
    private const int MostInChain = 16;

    /// <summary>Maximum bytes of the field x509_svid_key (PKCS#8, unencrypted). An RSA key of 16,384 bits has 9,500 bytes.</summary>
    private const int MaxKey = 16 * 1024;

    /// <summary>Null: malformed.</summary>
    /// <param name="message">X509SVID (SPIFFE Workload API §5.1).</param>
    /// <param name="before">The SVIDs of the previous answer.</param>
    /// <param name="bundle">The anchors of its trust domain, as received.</param>
    public static IssuedSvid? Read(ReadOnlySpan<byte> message, string place, IReadOnlyList<IssuedSvid> before, out ReadOnlySpan<byte> bundle)
    {
        var reader = new ProtobufReader(message);
        var (id, hint) = ("", "");
        ReadOnlySpan<byte> chain = default, key = default;
        bundle = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: id = reader.Text; break;
                case 2: chain = reader.Bytes; break;
                case 3: key = reader.Bytes; break;
                case 4: bundle = reader.Bytes; break;
                case 5: hint = reader.Text; break;
            }
        }

        if (reader.IsMalformed) return null;
        var (credential, fault) = Make(id, chain, key, place, before);
        return new IssuedSvid(id, hint, SpiffeId.TryParse(id)?.TrustDomain, credential, fault);
    }

    private static (Credential? Credential, MaterialFault? Fault) Make(string id, ReadOnlySpan<byte> chain, ReadOnlySpan<byte> key, string place, IReadOnlyList<IssuedSvid> before)
    {
        var name = $"{place}: the SVID {(id.Length == 0 ? "without an ID" : VisibleText.Of(id.Clip(), 220, ascii: false))}";
        if (SpiffeId.Problem(id) is { } wrong) return Broken(Reasons.BadFormat, $"is not usable: its ID {wrong}");
        var certificates = WorkloadUpdate.Certificates(chain, MostInChain, out var unread);
        if (unread is not null) return Broken(Reasons.BadFormat, $"is not usable: {unread}");
        if (Problem(certificates[0], id) is { } problem) return Broken(Reasons.BadFormat, $"breaks the rules of SPIFFE: its certificate {problem}");

        // The same one again: the object stays in use.
        if (before.FirstOrDefault(one => one.Credential?.Chain.SequenceEqual(certificates) is true)?.Credential is { } same) return (same, null);
        if (key.Length is 0 or > MaxKey) return Broken(Reasons.BadFormat, key.IsEmpty ? "has no private key" : "has a private key of more than 16 KiB");
        if (ReadKey(key) is not { } read) return Broken(Reasons.BadFormat, "has a private key that is not in PKCS#8");
        if (read.Matches(certificates[0].Der.Span)) return (new Credential([.. certificates], read), null);
        read.Dispose();
        return Broken(Reasons.KeyMismatch, "has a private key that does not belong to its certificate");

        (Credential?, MaterialFault?) Broken(Reason reason, string how) => (null, new MaterialFault(reason, $"{name} {how}"));
    }

    /// <summary>Why a certificate is not the X509-SVID of this ID (X509-SVID §2, §4.1, §4.3, §5.2), as the end of a sentence about it.</summary>
    private static string? Problem(Certificate leaf, string id)
    {
        var (own, problem) = X509Svid.Read(leaf);
        if (own is null) return problem;
        if (own.ToString() != id) return $"has the ID {own.ToString().Clip()}";
        return leaf.Rules.KeyUsage is not { } usage ? "has no key usage, which is required"
            : !usage.HasFlag(X509KeyUsageFlags.DigitalSignature) ? "may not sign: its key usage lacks digitalSignature"
            : null;
    }

    /// <summary>Through PEM, in memory that is overwritten.</summary>
    private static PrivateKey? ReadKey(ReadOnlySpan<byte> pkcs8)
    {
        var buffer = PinnedBuffers.Rent(PemEncoding.GetEncodedSize("PRIVATE KEY".Length, pkcs8.Length));
        try
        {
            return PemEncoding.TryWriteUtf8("PRIVATE KEY"u8, pkcs8, buffer, out var length) ? PrivateKey.FromPem(buffer.AsSpan(0, length), []).Key : null;
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }
}
