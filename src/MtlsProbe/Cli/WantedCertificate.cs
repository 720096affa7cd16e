using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>One certificate given by the user: as a PEM file, or by an identifier of a known certificate.</summary>
internal sealed record WantedCertificate(string Text, Certificate? Certificate)
{
    private const int MostShown = 5;

    /// <exception cref="UsageException">There is a file with this name, and it does not contain exactly one certificate.</exception>
    public static async Task<WantedCertificate> OfAsync(string text, MaterialStore materials, CancellationToken stop)
    {
        if (!File.Exists(text)) return new(text, null);
        var (good, fault) = await materials.LookAtAsync(new TrustSource("without", [Path.GetFullPath(text)]), stop);
        if (fault is not null) throw new UsageException(fault.Detail, "give a PEM file with one certificate");
        return good is { Anchors: [var one] } ? new(text, one) : throw new UsageException($"{text} holds several certificates", "give a PEM file with one");
    }

    /// <summary>The certificate that is meant.</summary>
    /// <param name="known">The known certificates, some of them several times.</param>
    /// <exception cref="UsageException">None matches, or several do.</exception>
    public Certificate Among(IEnumerable<Certificate> known)
    {
        if (Certificate is not null) return Certificate;
        var all = known.Distinct().ToList();
        return Meant(all) ?? throw new UsageException(
            $"there is no file \"{Text}\", and no known certificate has that SHA-256, serial number or subject", $"{all.Count} certificates of trust bundles, credentials and servers are known; give a PEM file for any other");
    }

    /// <summary>Whether it must be searched among the certificates that servers present, because none of these is meant.</summary>
    /// <param name="known">Those that are known before any server is probed.</param>
    /// <exception cref="UsageException">Several of them match.</exception>
    public bool IsSoughtBeyond(IEnumerable<Certificate> known) => Certificate is null && Meant([.. known.Distinct()]) is null;

    /// <summary>Null if none is meant.</summary>
    private Certificate? Meant(List<Certificate> all)
    {
        var hex = Text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        var meant = all.FindAll(certificate => certificate.Sha256 == hex || certificate.Subject == Text || (hex.Length > 0 && certificate.Serial == hex));
        return meant switch
        {
            [var one] => one,
            [] => null,
            _ => throw new UsageException($"\"{Text}\" names {meant.Count} certificates", $"give the SHA-256 of one: {string.Join(", ", meant.Take(MostShown).Select(one => $"{one.Sha256} ({one.NotAfter:yyyy-MM-dd})"))}"),
        };
    }
}
