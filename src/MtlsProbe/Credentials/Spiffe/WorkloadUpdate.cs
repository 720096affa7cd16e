using System.Formats.Asn1;
using MtlsProbe.Certificates;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// The last answer of a Workload API: all SVIDs and all bundles, because each message is complete (SPIFFE Workload API §4.3). Whatever a message
/// omits is withdrawn (§4.4).
/// </summary>
/// <param name="Svids">In the order of the message; the first is the default identity (§5.3). Empty in an answer with bundles only.</param>
/// <param name="Bundles">By the name of the trust domain: our own and the federated ones.</param>
/// <param name="Lists">Number of revocation lists in it.</param>
internal sealed record WorkloadUpdate(ValueList<IssuedSvid> Svids, IReadOnlyDictionary<string, IssuedBundle> Bundles, int Lists)
{
    /// <summary>More than any workload has; each costs the decoding of a key.</summary>
    private const int MostSvids = 128;

    private const int MostBundles = 1024;
    private const int MostAnchors = 1024;

    /// <summary>Reads an answer to FetchX509SVID (§5.1).</summary>
    /// <param name="place">For sentences.</param>
    /// <param name="before">The previous answer of the same API: unchanged parts stay the same objects.</param>
    /// <param name="problem">Why it contains no update, as text that follows the place; null if it does.</param>
    public static WorkloadUpdate? OfSvids(ReadOnlySpan<byte> message, string place, WorkloadUpdate? before, out string? problem)
    {
        List<IssuedSvid> svids = [];
        var bundles = new Dictionary<string, IssuedBundle>(StringComparer.Ordinal);
        var reader = new ProtobufReader(message);
        var (lists, federated) = (0, 0);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 when svids.Count == MostSvids:
                    problem = $"sent more than {MostSvids} SVIDs in one answer";
                    return null;
                case 1 when IssuedSvid.Read(reader.Bytes, place, before?.Svids ?? [], out var bundle) is { } svid:
                    svids.Add(svid);
                    if (svid.TrustDomain is { } domain) bundles[domain] = Bundle(domain, bundle, place);
                    break;
                case 2: lists++; break;
                case 3 when ++federated > MostBundles:
                    problem = $"sent more than {MostBundles} bundles in one answer";
                    return null;
                case 3 when Entry(reader.Bytes, place) is { } entry: bundles.TryAdd(entry.Domain, entry.Bundle); break; // our own, if it is also here, is already known
                case 1 or 3:
                    problem = "sent a malformed answer";
                    return null;
            }
        }

        problem = reader.IsMalformed ? "sent a malformed answer" : svids.Count == 0 ? "sent an answer without an SVID, which it must have" : null;
        return problem is null ? new WorkloadUpdate([.. svids], bundles, lists) : null;
    }

    /// <summary>Reads an answer to FetchX509Bundles (§5.1). The parameters are those of <see cref="OfSvids"/>.</summary>
    public static WorkloadUpdate? OfBundles(ReadOnlySpan<byte> message, string place, out string? problem)
    {
        var bundles = new Dictionary<string, IssuedBundle>(StringComparer.Ordinal);
        var reader = new ProtobufReader(message);
        var (lists, entries) = (0, 0);
        while (reader.Next())
        {
            if (reader.Field == 1) lists++;
            if (reader.Field != 2) continue;
            if (++entries > MostBundles || Entry(reader.Bytes, place) is not { } entry)
            {
                problem = entries > MostBundles ? $"sent more than {MostBundles} bundles in one answer" : "sent a malformed answer";
                return null;
            }

            bundles[entry.Domain] = entry.Bundle;
        }

        problem = reader.IsMalformed ? "sent a malformed answer" : bundles.Count == 0 ? "sent an answer without a bundle, which it must have" : null;
        return problem is null ? new WorkloadUpdate([], bundles, lists) : null;
    }

    /// <summary>Concatenated DER certificates.</summary>
    /// <param name="most">The maximum number.</param>
    /// <param name="problem">What is wrong with them, as the end of a sentence about the bytes; null if nothing is.</param>
    public static List<Certificate> Certificates(ReadOnlySpan<byte> bytes, int most, out string? problem)
    {
        List<Certificate> certificates = [];
        problem = null;
        for (var rest = bytes; !rest.IsEmpty && problem is null;)
        {
            if (!AsnDecoder.TryReadEncodedValue(rest, AsnEncodingRules.DER, out _, out _, out _, out var length)
                || Certificate.TryParse(rest[..length].ToArray()) is not { } certificate)
            {
                problem = FormattableString.Invariant($"certificate {certificates.Count + 1} cannot be read");
                break;
            }

            certificates.Add(certificate);
            rest = rest[length..];
            if (certificates.Count == most && !rest.IsEmpty) problem = FormattableString.Invariant($"it has more than {most} certificates");
        }

        if (problem is null && certificates.Count == 0) problem = "it has no certificate";
        return certificates;
    }

    /// <summary>An entry of a map: field 1 is its key (the SPIFFE ID of a trust domain), field 2 its value. Null: malformed.</summary>
    private static (string Domain, IssuedBundle Bundle)? Entry(ReadOnlySpan<byte> entry, string place)
    {
        var reader = new ProtobufReader(entry);
        var key = "";
        ReadOnlySpan<byte> value = default;
        while (reader.Next())
        {
            if (reader.Field == 1) key = reader.Text;
            if (reader.Field == 2) value = reader.Bytes;
        }

        if (reader.IsMalformed) return null;
        var domain = SpiffeId.TryParse(key)?.TrustDomain ?? (SpiffeId.DomainProblem(key) is null ? key : null);
        return domain is null ? null : (domain, Bundle(domain, value, place));
    }

    private static IssuedBundle Bundle(string domain, ReadOnlySpan<byte> bytes, string place)
    {
        var anchors = Certificates(bytes, MostAnchors, out var problem);
        return problem is null ? new IssuedBundle([.. anchors], null) : new IssuedBundle([], $"{place}: the bundle of {domain.Clip()} cannot be used: {problem}");
    }
}

/// <summary>The anchors of one trust domain.</summary>
/// <param name="Fault">A sentence that begins with the place; null if the anchors are usable.</param>
internal sealed record IssuedBundle(ValueList<Certificate> Anchors, string? Fault);
