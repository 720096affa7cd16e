using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Probing;

/// <summary>
/// Facts of servers that are equal for several targets, kept once: a fleet behind one issuer negotiates the same TLS, is asked for the same
/// certificates, and often presents the same chain. It keeps nothing alive: it finds what results keep. Its size is fixed, and a fact that is not found
/// is only kept twice. Not thread-safe.
/// </summary>
internal sealed class SharedFacts
{
    private readonly Known<string> _texts = new();
    private readonly Known<TlsFacts> _tls = new();
    private readonly Known<ClientCertificateFacts> _clients = new();
    private readonly Known<ChainVerdict> _chains = new();
    private readonly Known<ExpectedCertificateFacts> _expected = new();
    private readonly Known<Outlook> _outlooks = new();
    private readonly Known<Certificate[]> _lists = new();
    private readonly Known<string[]> _names = new();

    /// <summary>The result, with parts that are equal to those of other results in their place.</summary>
    /// <param name="last">The last result of the same series, whose parts are shared already; null: there is none.</param>
    public ProbeResult Of(ProbeResult result, ProbeResult? last)
    {
        // The usual case, without another copy: all of them are those of the last result.
        if (last is not null && AreShared(result, last)) return result;
        return result with
        {
            // A target that is configured as an IP address has the same text already.
            Remote = result.Remote == result.Address ? result.Address : _texts.Of(result.Remote, last?.Remote),
            Tls = _tls.Of(result.Tls, last?.Tls),
            ClientCertificate = _clients.Of(result.ClientCertificate, last?.ClientCertificate),
            ServerCertificates = Of(_lists, result.ServerCertificates, last?.ServerCertificates),
            Chain = _chains.Of(result.Chain, last?.Chain),
            Expected = _expected.Of(result.Expected, last?.Expected)!,
            Outlook = _outlooks.Of(result.Outlook, last?.Outlook),
        };
    }

    /// <summary>The same for the state of a server.</summary>
    /// <param name="last">Its state before; null: there is none.</param>
    public ServerState Of(ServerState server, ServerState? last) =>
        Of(_names, server.Accepted, last?.Accepted) is var accepted && accepted.IsSame(server.Accepted) ? server : server with { Accepted = accepted };

    private static bool AreShared(ProbeResult result, ProbeResult last) =>
        ReferenceEquals(result.Remote, last.Remote) && ReferenceEquals(result.Tls, last.Tls) && ReferenceEquals(result.ClientCertificate, last.ClientCertificate)
        && result.ServerCertificates.IsSame(last.ServerCertificates) && ReferenceEquals(result.Chain, last.Chain) && ReferenceEquals(result.Expected, last.Expected)
        && ReferenceEquals(result.Outlook, last.Outlook);

    private static ValueList<T> Of<T>(Known<T[]> lists, ValueList<T> list, ValueList<T>? last)
        where T : IEquatable<T> =>
        list.Count == 0 || (last is { } before && list.IsSame(before)) ? list
        : ValueList.Sharing(lists.Of(list.Memory, list.GetHashCode(), static (one, other) => one.AsSpan().SequenceEqual(other)));

    /// <summary>Facts of one kind: of those with the same place, the last one.</summary>
    private sealed class Known<T>
        where T : class
    {
        private const int Places = 256;

        private readonly WeakReference<T>?[] _places = new WeakReference<T>?[Places];

        public T? Of(T? fact, T? last) =>
            fact is null || ReferenceEquals(fact, last) ? fact : Of(fact, fact.GetHashCode(), static (one, other) => one.Equals(other));

        public T Of(T fact, int hash, Func<T, T, bool> areEqual)
        {
            ref var place = ref _places[(uint)hash % Places];
            if (place is null) place = new(fact);
            else if (place.TryGetTarget(out var known) && areEqual(known, fact)) return known;
            else place.SetTarget(fact);
            return fact;
        }
    }
}
