using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>From the files of a trust bundle to its anchors, or to the fault that prevents it.</summary>
internal static class TrustLoader
{
    /// <summary>Maximum files of one directory; a distribution ships about three hundred.</summary>
    private const int MaxDirectory = 2000;

    /// <summary>Every file of the source; for the machine's anchors, the files of directories too.</summary>
    public static IEnumerable<string> PathsOf(TrustSource source) =>
        (source.Name == TrustSource.System ? source.Files.SelectMany(FilesOf) : source.Files).Distinct(StringComparer.Ordinal);

    /// <param name="files">The files of <see cref="PathsOf"/>.</param>
    public static Material<TrustBundle> Decode(TrustSource source, MaterialFiles files)
    {
        var isSystem = source.Name == TrustSource.System;
        var anchors = new List<Certificate>();
        var notes = new List<MaterialNote>(isSystem ? Unseen(source, files) : []);
        foreach (var path in files.Paths)
        {
            var (file, fault) = (files.Fault(path), isSystem) switch
            {
                ({ } unread, _) => (null, unread),
                (_, true) => (CertificateFile.ParseWhatCanBeRead(files.Bytes(path), path), null),
                _ => (CertificateFile.Parse(files.Bytes(path), path), (MaterialFault?)null),
            };
            fault ??= file!.Fault;

            // The files of a distribution are used as far as they can be read; those of a user must be correct.
            if (fault is not null && !isSystem) return new(null, fault);
            if (fault is not null) notes.Add(Unread(fault.Detail));
            if (file is null) continue;
            if (file.Broken is { } broken && fault is null) notes.Add(Unread(broken + (file.BrokenCount > 1 ? $", nor are {file.BrokenCount - 1:N0} others" : "")));
            notes.AddRange(LeftOut.Blocks(path, file.Others, "only certificates are read from a trust bundle, no revocation lists and no keys"));
            notes.AddRange(LeftOut.Settings(path, file.Settings));
            notes.AddRange(Repeated(path, file.Certificates, isSystem ? [] : anchors));
            anchors.AddRange(file.Certificates);
        }

        return anchors.Count > 0
            ? new(new TrustBundle(source.Name, anchors), null) { Notes = LeftOut.Bounded(notes) }
            : new(null, new MaterialFault(Reasons.NotFound, Absence(source)));
    }

    /// <summary>From PEM text that is not in a file.</summary>
    /// <param name="place">For sentences.</param>
    public static Material<TrustBundle> Decode(string name, ReadOnlySpan<byte> pem, string place)
    {
        var file = CertificateFile.Parse(pem, place);
        if (file.Fault is { } fault) return new(null, fault);
        MaterialNote[] notes =
        [
            .. LeftOut.Blocks(place, file.Others, "only certificates are read from a trust bundle, no revocation lists and no keys"),
            .. LeftOut.Settings(place, file.Settings), .. Repeated(place, file.Certificates, []),
        ];
        return new(new TrustBundle(name, file.Certificates), null) { Notes = LeftOut.Bounded(notes) };
    }

    private static MaterialNote Unread(string problem) => new($"{problem}; the other anchors are used") { IsWarning = true };

    /// <param name="before">
    /// The anchors of the files before this one. Not for the directory of a distribution, which also has a link for each certificate.
    /// </param>
    private static IEnumerable<MaterialNote> Repeated(string path, ValueList<Certificate> certificates, IEnumerable<Certificate> before)
    {
        HashSet<Certificate> seen = [.. before];
        List<Certificate> again = [.. certificates.Where(certificate => !seen.Add(certificate))];
        if (again.Count == 0) yield break;
        yield return new MaterialNote($"{path} repeats {LeftOut.Count(again.Count, "anchor")}, each of which counts once: {again[0]}{(again.Count > 1 ? ", …" : "")}");
    }

    private static IEnumerable<MaterialNote> Unseen(TrustSource source, MaterialFiles files) => source.Files
        .Where(directory => files.Paths.Count(path => Path.GetDirectoryName(path) == directory.TrimEnd('/')) >= MaxDirectory)
        .Select(directory => new MaterialNote($"{directory}: only the first {MaxDirectory} files of a directory are read, in the order of their names") { IsWarning = true });

    private static IEnumerable<string> FilesOf(string path)
    {
        try
        {
            if (!Directory.Exists(path)) return [path];
            return Directory.EnumerateFiles(path).Order(StringComparer.Ordinal).Take(MaxDirectory).ToList();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [path]; // reading it will report the problem
        }
    }

    private static string Absence(TrustSource source) => source.Files.Count == 0
        ? $"{source.Name}: found no trust anchors of this machine; install ca-certificates, or set SSL_CERT_FILE"
        : $"{string.Join(", ", source.Files)}: found no trust anchors there";
}
