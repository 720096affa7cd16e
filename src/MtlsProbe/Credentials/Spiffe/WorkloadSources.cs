using MtlsProbe.Certificates;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Sources in SPIFFE Workload APIs. The sources of one API share a stream of SVIDs and one of bundles, which clients without an identity also get.
/// </summary>
/// <param name="named">The value of <see cref="SpiffeEndpoint.Variable"/>; null: not set.</param>
internal sealed class WorkloadSources(TimeProvider time, string? named)
{
    private readonly SharedConnections<WorkloadStream, WorkloadFeed> _feeds = new(stream => new WorkloadFeed(stream, time));

    /// <param name="mayBeAbsent">If no such SVID is issued, this is not a fault.</param>
    public IMaterialSource<Credential> Svid(SpiffeSvid source, bool mayBeAbsent) => At<Credential>(
        source.Endpoint,
        endpoint => new WorkloadSource<Credential>(_feeds.Rent(new WorkloadStream(endpoint, HasSvids: true)), (update, _) => WorkloadChoices.Svid(update, endpoint.ToString(), source.Id, source.Hint), time) { MayBeAbsent = mayBeAbsent });

    public IMaterialSource<TrustBundle> Bundle(string name, SpiffeBundle origin) => At<TrustBundle>(
        origin.Endpoint,
        endpoint => new WorkloadSource<TrustBundle>(
            _feeds.Rent(new WorkloadStream(endpoint, HasSvids: origin.TrustDomain is null)), (update, before) => WorkloadChoices.Bundle(update, endpoint.ToString(), origin.TrustDomain, name, before), time));

    private IMaterialSource<T> At<T>(SpiffeEndpoint? configured, Func<SpiffeEndpoint, IMaterialSource<T>> source)
        where T : class
    {
        if (configured is not null) return source(configured);
        if (string.IsNullOrEmpty(named)) return new Nowhere<T>(new MaterialFault(Reasons.NotFound, $"{SpiffeEndpoint.Variable} is not set, and the configuration has no socket"));
        return SpiffeEndpoint.TryParse(named, out var problem) is { } endpoint
            ? source(endpoint)
            : new Nowhere<T>(new MaterialFault(Reasons.BadFormat, $"{SpiffeEndpoint.Variable} is not the address of a Workload API: it {problem} ({SpiffeEndpoint.Form})"));
    }

    /// <summary>A source without an address.</summary>
    private sealed class Nowhere<T>(MaterialFault fault) : IMaterialSource<T>
        where T : class
    {
        public MaterialFault NothingYet => fault;

        public FileFollower? Open(Held<T> holder)
        {
            holder.Take(new Material<T>(null, fault));
            return null;
        }

        public Task<Look<T>> LookAsync(CancellationToken stop) => Task.FromResult(new Look<T>(new Material<T>(null, fault), [fault]));

        public void Dispose()
        {
            // Nothing to release.
        }
    }
}
