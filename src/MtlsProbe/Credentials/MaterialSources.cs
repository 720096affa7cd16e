using MtlsProbe.Certificates;
using MtlsProbe.Clusters;
using MtlsProbe.Model;
using MtlsProbe.Pkcs11;

namespace MtlsProbe.Credentials;

/// <summary>From the configuration to the source. No other code distinguishes the kinds of sources.</summary>
internal sealed record MaterialSources
{
    /// <summary>
    /// The source of a credential. The second argument is the credential that it will replace, for a slot <c>next</c>, whose files need not exist
    /// yet; otherwise null.
    /// </summary>
    public required Func<CredentialSource, CredentialSource?, IMaterialSource<Credential>> Credential { get; init; }

    public required Func<TrustSource, IMaterialSource<TrustBundle>> Trust { get; init; }

    public required Func<PinnedFile, IFileSource<PinnedCertificate>> Pin { get; init; }

    /// <summary>The source of a password, by the path of its file.</summary>
    public required Func<string, IFileSource<Secret>> Secret { get; init; }

    /// <summary>Sources for every kind in a configuration.</summary>
    /// <param name="once">Files are read once and not followed, so they can be pipes.</param>
    /// <param name="environment">Returns the value of an environment variable; null: not set.</param>
    public static MaterialSources Configured(TimeProvider time, bool once = false, Func<string, string?>? environment = null)
    {
        var clusters = new SharedConnections<KubernetesCluster, ClusterClient>(cluster => new ClusterClient(cluster));
        var workloads = new WorkloadSources(time, environment?.Invoke(SpiffeEndpoint.Variable));
        var vaults = new SharedConnections<VaultServer, VaultClient>(server => new VaultClient(server, time));
        return new MaterialSources
        {
            Credential = (source, replaces) => source switch
            {
                TokenFiles token => new TokenSource(token, replaces, environment?.Invoke(ModulePlace.Variable), time, once),
                { Files: { } its } => Files(() => its.All, files => CredentialLoader.Decode(its, replaces, files), its.All),
                VaultSecret secret => new VaultSource(secret, vaults.Rent(secret.Server), time, mayBeAbsent: replaces is not null, once),
                SpiffeSvid svid => workloads.Svid(svid, mayBeAbsent: replaces is not null),
                KubernetesSecret secret => new KubernetesSource<Credential>(
                    KubernetesReader.Of(secret), clusters.Rent(secret.Object.Cluster), time, mayBeAbsent: replaces is not null, once),
                _ => throw new ArgumentOutOfRangeException(nameof(source), source, null),
            },
            Trust = source => source.Origin switch
            {
                KeystoreTrust its => Files(() => its.Places, files => KeystoreTrustLoader.Decode(source.Name, its, files), its.Files),
                SpiffeBundle bundle => workloads.Bundle(source.Name, bundle),
                KubernetesTrust its => new KubernetesSource<TrustBundle>(KubernetesReader.Of(source.Name, its), clusters.Rent(its.Object.Cluster), time, mayBeAbsent: false, once),
                null => Files(() => TrustLoader.PathsOf(source), files => TrustLoader.Decode(source, files), source.Files),
                _ => throw new ArgumentOutOfRangeException(nameof(source), source, null),
            },
            Pin = source => Files(() => [source.Path], Dated(files => PinLoader.Decode(source, files)), [source.Path]),
            Secret = path => Files(() => [path], files => SecretLoader.Decode(path, files), [path]),
        };

        // Called only by the thread that polls the file.
        Func<MaterialFiles, Material<PinnedCertificate>> Dated(Func<MaterialFiles, Material<PinnedCertificate>> decode)
        {
            PinnedCertificate? last = null;
            return files =>
            {
                var found = decode(files);
                if (found.Good is not { } good) return found;
                last = good with { ChangedAt = last is null ? null : last.Sha256 == good.Sha256 ? last.ChangedAt : time.GetUtcNow() };
                return found with { Good = last };
            };
        }

        IFileSource<T> Files<T>(Func<IEnumerable<string>> paths, Func<MaterialFiles, Material<T>> decode, IEnumerable<string> places)
            where T : class => new FileSource<T>(paths, decode, string.Join(", ", places), time, once);
    }
}
