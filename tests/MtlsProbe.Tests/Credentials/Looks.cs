using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>One look at what a configuration can name.</summary>
internal static class Looks
{
    private static readonly MaterialSources s_sources = MaterialSources.Configured(TimeProvider.System);

    public static Material<Credential> At(CredentialSource source) => s_sources.Credential(source, null).Look().Found;

    public static Material<TrustBundle> At(TrustSource source) => s_sources.Trust(source).Look().Found;

    public static Material<PinnedCertificate> At(PinnedFile source) => s_sources.Pin(source).Look().Found;

    /// <summary>Reads a source that has its answer at once, as files do.</summary>
    public static Look<T> Look<T>(this IMaterialSource<T> source)
        where T : class => source.LookAsync(CancellationToken.None).GetAwaiter().GetResult();
}
