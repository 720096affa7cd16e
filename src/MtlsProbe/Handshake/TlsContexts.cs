using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>
/// The SSL contexts in use: one per credential and options, created on first use and kept as long as the credential exists. Creating one for each
/// probe would cost more than the handshake.
/// </summary>
internal sealed class TlsContexts
{
    private readonly ConcurrentDictionary<Options, TlsContext> _anonymous = new();
    private readonly ConditionalWeakTable<Credential, ConcurrentDictionary<Options, TlsContext>> _byCredential = [];

    /// <param name="credential">Null presents no certificate.</param>
    /// <exception cref="TlsContextException">libssl cannot use the credential.</exception>
    public TlsContext For(Credential? credential, Target target)
    {
        var options = new Options(target.Tls.MinVersion, target.Tls.MaxVersion, AlpnOf(target));
        var contexts = credential is null ? _anonymous : _byCredential.GetOrCreateValue(credential);
        return contexts.TryGetValue(options, out var context) ? context : contexts.GetOrAdd(options, Build, credential);
    }

    /// <summary>The ALPN protocols that a handshake with this target offers; empty: none.</summary>
    public static ValueList<string> AlpnOf(Target target) => target.Tls.Alpn ?? target.Protocol.Alpn;

    private static TlsContext Build(Options options, Credential? credential) => TlsContext.Client(new ClientParameters
    {
        MinVersion = options.MinVersion,
        MaxVersion = options.MaxVersion,
        Alpn = options.Alpn,
        Chain = credential is null ? [] : [.. credential.Chain.Select(certificate => certificate.Der)],
        Key = credential?.Key,
    });

    private sealed record Options(TlsVersion MinVersion, TlsVersion MaxVersion, ValueList<string> Alpn);
}
