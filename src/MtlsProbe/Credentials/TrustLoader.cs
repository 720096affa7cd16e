using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>From the files of a trust bundle to its anchors, or to the fault that prevents it.</summary>
internal static class TrustLoader
{
    /// <summary>Files of one directory; a distribution ships some three hundred.</summary>
    private const int MaxDirectory = 2000;

    public static LoadedTrust Load(TrustSource source)
    {
        using var files = MaterialFiles.ReadPatiently(PathsOf(source), mayBePipes: true);
        var (bundle, fault) = Decode(source, files);
        return new LoadedTrust(bundle, fault);
    }

    /// <summary>Every file that the source names; for the machine's anchors, the files of directories, too.</summary>
    public static IEnumerable<string> PathsOf(TrustSource source) =>
        (source.Name == TrustSource.System ? source.Files.SelectMany(FilesOf) : source.Files).Distinct(StringComparer.Ordinal);

    /// <param name="files">The files of <see cref="PathsOf"/>.</param>
    public static Material<TrustBundle> Decode(TrustSource source, MaterialFiles files)
    {
        var anchors = new List<Certificate>();
        foreach (var path in files.Paths)
        {
            var (certificates, fault) = files.Fault(path) is { } unread ? ([], unread) : CertificateFile.Parse(files.Bytes(path), path);

            // What a distribution ships is taken as it is; what a user names has to be right.
            if (fault is not null && source.Name != TrustSource.System) return new(null, fault);
            anchors.AddRange(certificates);
        }

        return anchors.Count > 0
            ? new(new TrustBundle(source.Name, anchors), null)
            : new(null, new MaterialFault(Reasons.NotFound, Absence(source)));
    }

    private static IEnumerable<string> FilesOf(string path)
    {
        try
        {
            if (!Directory.Exists(path)) return [path];
            return Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Take(MaxDirectory).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [path]; // reading it will tell why
        }
    }

    private static string Absence(TrustSource source) => source.Files.Count == 0
        ? $"{source.Name}: no trust anchors of this machine were found; install ca-certificates, or set SSL_CERT_FILE"
        : $"{string.Join(", ", source.Files)}: no trust anchors were found there";
}
