using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>One certificate as named by the user: by a PEM file, or by an identifier of a known certificate.</summary>
internal sealed record WantedCertificate(string Text, Certificate? Certificate)
{
    private const int MostShown = 5;

    /// <exception cref="UsageException">There is a file of this name, and it does not hold one certificate.</exception>
    public static async Task<WantedCertificate> OfAsync(string text, MaterialStore materials, CancellationToken stop)
    {
        if (!File.Exists(text)) return new(text, null);
        var (good, fault) = await materials.LookAtAsync(new TrustSource("without", [Path.GetFullPath(text)]), stop);
        if (fault is not null) throw new UsageException(fault.Detail, "give a PEM file with one certificate");
        return good is { Anchors: [var one] } ? new(text, one) : throw new UsageException($"{text} holds several certificates", "give a PEM file with one");
    }

    /// <summary>The one that is meant.</summary>
    /// <param name="known">Those that are known, some of them several times.</param>
    /// <exception cref="UsageException">None, or several, are.</exception>
    public Certificate Among(IEnumerable<Certificate> known)
    {
        if (Certificate is not null) return Certificate;
        var all = known.Distinct().ToList();
        return Meant(all) ?? throw new UsageException(
            $"there is no file \"{Text}\", and no certificate of that SHA-256, serial number or subject is known here", $"known are {all.Count} certificates of trust bundles, credentials and servers; give a PEM file of any other");
    }

    /// <summary>Whether it has to be sought among what servers present, since none of these is meant.</summary>
    /// <param name="known">Those that are known before any server is asked.</param>
    /// <exception cref="UsageException">Several of them are.</exception>
    public bool IsSoughtBeyond(IEnumerable<Certificate> known) => Certificate is null && Meant([.. known.Distinct()]) is null;

    /// <summary>Null where none is meant.</summary>
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
