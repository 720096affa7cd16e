using System.Runtime.InteropServices;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// Owns an <c>SSL_CTX</c>: the credential and the options that many connections share. Creating one costs more than a handshake, so it is created
/// once and kept. It never changes afterwards, and any thread can use it.
/// </summary>
internal sealed unsafe class TlsContext : SafeHandle
{
    /// <summary>
    /// libssl's default limit for a peer's Certificate message, in bytes; set explicitly because it limits the memory that a peer can use.
    /// </summary>
    private const int MaxCertificateList = 100 * 1024;

    /// <param name="library">The library context; 0: the one that the process shares.</param>
    /// <param name="signing">For a key that is stored elsewhere; null: it is in memory, or there is none.</param>
    private TlsContext(nint method, nint library = 0, Signing? signing = null)
        : base(0, ownsHandle: true)
    {
        Signing = signing;
        OpenSslErrors.Clear();
        SetHandle(LibSsl.SSL_CTX_new_ex(library, null, method));
        if (IsInvalid) throw new TlsContextException("SSL_CTX_new: " + OpenSslErrors.Take());
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>DER of the OCSP response that each connection of a server staples; empty: none.</summary>
    public ReadOnlyMemory<byte> Stapled { get; private set; }

    /// <summary>How the key signs if it is stored elsewhere; null: none of its connections has to wait for a signature.</summary>
    public Signing? Signing { get; }

    /// <summary>A context for probes: full handshakes only; the server's certificate is recorded and never refused.</summary>
    public static TlsContext Client(ClientParameters parameters)
    {
        var context = new TlsContext(LibSsl.TLS_client_method(), parameters.Key?.Signing is null ? LeanLibrary.Context : KeyProvider.Context, parameters.Key?.Signing);
        try
        {
            context.SetCommon(parameters.MinVersion, parameters.MaxVersion);

            // Weak certificates must be seen and judged, not hidden behind a library error.
            LibSsl.SSL_CTX_set_security_level(context, 0);
            LibSsl.SSL_CTX_set_security_callback(context, &WireRecord.OnSecurity);
            LibSsl.SSL_CTX_set_cert_cb(context, &WireRecord.OnCertificateRequest, 0);
            LibSsl.SSL_CTX_set_post_handshake_auth(context, 1);
            LibSsl.SSL_CTX_set_verify(context, LibSsl.VerifyPeer, 0);
            LibSsl.SSL_CTX_set_cert_verify_callback(context, &LetPass, 0);
            LibSsl.SSL_CTX_set_msg_callback(context, &WireRecord.OnMessage);
            LibSsl.SSL_CTX_ctrl(context, LibSsl.ControlSetStatusType, LibSsl.StatusTypeOcsp, 0);
            context.SetAlpn(parameters.Alpn);
            if (parameters.Key is { } key) context.SetCredential(parameters.Chain, key);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>A context for servers, which verify client certificates by libssl's own rules and refuse with its alerts.</summary>
    public static TlsContext Server(ServerParameters parameters)
    {
        var context = new TlsContext(LibSsl.TLS_server_method());
        try
        {
            context.SetCommon(parameters.MinVersion, parameters.MaxVersion);
            if (parameters.AllowWeak) LibSsl.SSL_CTX_set_security_level(context, 0);
            LibSsl.SSL_CTX_set_msg_callback(context, &WireRecord.OnMessage);
            LibSsl.SSL_CTX_set_num_tickets(context, (nuint)parameters.Tickets);
            context.SetCredential(parameters.Chain, parameters.Key);
            context.SetClientVerification(parameters);
            context.SetStaple(parameters.Stapled);
            if (parameters.AgreesToHttp2) LibSsl.SSL_CTX_set_alpn_select_cb(context, &AgreeToHttp2, 0);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        LibSsl.SSL_CTX_free(handle);
        return true;
    }

    private void SetCommon(TlsVersion min, TlsVersion max)
    {
        LibSsl.SSL_CTX_ctrl(this, LibSsl.ControlMinVersion, ProtocolNumber(min), 0);
        LibSsl.SSL_CTX_ctrl(this, LibSsl.ControlMaxVersion, ProtocolNumber(max), 0);
        LibSsl.SSL_CTX_ctrl(this, LibSsl.ControlSessionCacheMode, 0, 0);
        LibSsl.SSL_CTX_ctrl(this, LibSsl.ControlMaxCertificateList, MaxCertificateList, 0);
        LibSsl.SSL_CTX_set_options(this, LibSsl.OptionNoCertificateCompression);
        LibSsl.SSL_CTX_ctrl(this, LibSsl.ControlMode, LibSsl.ModeNoAutoChain | LibSsl.ModeReleaseBuffers, 0);
    }

    private static nint ProtocolNumber(TlsVersion version) => version == TlsVersion.Tls12 ? 0x0303 : 0x0304;

    /// <summary>RFC 7301 §3.1: each name is preceded by its length.</summary>
    private void SetAlpn(ValueList<string> protocols)
    {
        if (protocols.Count == 0) return;
        var wire = new List<byte>();
        foreach (var protocol in protocols)
        {
            var name = Encoding.ASCII.GetBytes(protocol);
            wire.Add(checked((byte)name.Length));
            wire.AddRange(name);
        }

        fixed (byte* data = wire.ToArray())
        {
            // Unlike its siblings, this function returns 0 for success.
            if (LibSsl.SSL_CTX_set_alpn_protos(this, data, (uint)wire.Count) != 0)
                throw new TlsContextException("SSL_CTX_set_alpn_protos: " + OpenSslErrors.Take());
        }
    }

    private void SetCredential(IReadOnlyList<ReadOnlyMemory<byte>> chain, PrivateKey key)
    {
        for (var i = 0; i < chain.Count; i++)
        {
            using var certificate = X509Handle.Decode(chain[i].Span);
            var done = i == 0
                ? LibSsl.SSL_CTX_use_certificate(this, certificate.Pointer)
                : (int)LibSsl.SSL_CTX_ctrl(this, LibSsl.ControlAddChainCertificate, 1, certificate.Pointer);
            if (done != 1) throw new TlsContextException("the certificate cannot be used: " + OpenSslErrors.Take());
        }

        if (LibSsl.SSL_CTX_use_PrivateKey(this, key) != 1) throw new TlsContextException("the private key cannot be used: " + OpenSslErrors.Take());
    }

    private void SetStaple(ReadOnlyMemory<byte> response)
    {
        Stapled = response;
        if (!response.IsEmpty) LibSsl.SSL_CTX_callback_ctrl(this, LibSsl.ControlSetStatusCallback, &Staple);
    }

    private void SetClientVerification(ServerParameters parameters)
    {
        var store = LibSsl.SSL_CTX_get_cert_store(this);
        foreach (var anchor in parameters.ClientAnchors)
        {
            using var certificate = X509Handle.Decode(anchor.Span);
            if (LibCrypto.X509_STORE_add_cert(store, certificate.Pointer) != 1 || LibSsl.SSL_CTX_add_client_CA(this, certificate.Pointer) != 1)
                throw new TlsContextException("the trust anchor cannot be used: " + OpenSslErrors.Take());
        }

        foreach (var list in parameters.RevocationLists) AddList(store, list.Span);
        if (parameters.RevocationLists.Count > 0 && LibCrypto.X509_STORE_set_flags(store, LibCrypto.X509_V_FLAG_CRL_CHECK) != 1)
            throw new TlsContextException("the revocation lists cannot be checked: " + OpenSslErrors.Take());
        var mode = parameters.ClientAuthentication switch
        {
            ClientAuthentication.None => LibSsl.VerifyNone,
            ClientAuthentication.Optional or ClientAuthentication.Unverified => LibSsl.VerifyPeer,
            _ => LibSsl.VerifyPeer | LibSsl.VerifyFailIfNoPeerCertificate,
        };
        LibSsl.SSL_CTX_set_verify(this, mode, 0);
        if (parameters.ClientAuthentication == ClientAuthentication.Unverified) LibSsl.SSL_CTX_set_cert_verify_callback(this, &LetPass, 0);
    }

    private static void AddList(nint store, ReadOnlySpan<byte> der)
    {
        var list = Der.Decode(der, &LibCrypto.d2i_X509_CRL);
        var isAdded = list != 0 && LibCrypto.X509_STORE_add_crl(store, list) == 1;
        LibCrypto.X509_CRL_free(list);
        if (!isAdded) throw new TlsContextException("the revocation list cannot be used: " + OpenSslErrors.Take());
    }

    /// <summary>Each connection already has its response.</summary>
    [UnmanagedCallersOnly]
    private static int Staple(nint ssl, nint argument) => 0; // SSL_TLSEXT_ERR_OK

    /// <summary>Selects <c>h2</c> if a client offers it; each name is preceded by its length.</summary>
    [UnmanagedCallersOnly]
    private static int AgreeToHttp2(nint ssl, byte** agreed, byte* agreedLength, byte* offered, uint length, nint argument)
    {
        const int noAcknowledgement = 3; // SSL_TLSEXT_ERR_NOACK: the handshake continues without ALPN
        var names = new ReadOnlySpan<byte>(offered, (int)length);
        for (var i = 0; i < names.Length && i + 1 + names[i] <= names.Length; i += 1 + names[i])
        {
            if (!names.Slice(i + 1, names[i]).SequenceEqual("h2"u8)) continue;
            *agreed = offered + i + 1;
            *agreedLength = names[i];
            return 0;
        }

        return noAcknowledgement;
    }

    /// <summary>Observe first, judge later: every chain passes here, and the chain judge (Trust) reads it from its bytes.</summary>
    [UnmanagedCallersOnly]
    private static int LetPass(nint storeContext, nint argument)
    {
        LibCrypto.X509_STORE_CTX_set_error(storeContext, 0);
        return 1;
    }
}

/// <summary>The common parameters of the handshakes of one client context.</summary>
internal sealed record ClientParameters
{
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;

    public ValueList<string> Alpn { get; init; } = [];

    /// <summary>DER, leaf first, sent unchanged.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; } = [];

    /// <summary>Null: no certificate is presented.</summary>
    public PrivateKey? Key { get; init; }
}

/// <summary>The common parameters of the handshakes of one server context.</summary>
internal sealed record ServerParameters
{
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;

    /// <summary>DER, leaf first, sent unchanged.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; init; }

    public required PrivateKey Key { get; init; }

    public ClientAuthentication ClientAuthentication { get; init; }

    /// <summary>DER of the authorities whose client certificates are accepted; their names are sent with the request.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> ClientAnchors { get; init; } = [];

    /// <summary>DER of lists of revoked client certificates. If there are any, there must be one for the issuer of each client.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RevocationLists { get; init; } = [];

    /// <summary>DER of the OCSP response that is stapled if a client asks for one; empty: none.</summary>
    public ReadOnlyMemory<byte> Stapled { get; init; }

    /// <summary>Number of NewSessionTicket messages after a TLS 1.3 handshake.</summary>
    public int Tickets { get; init; } = 2;

    /// <summary>Whether to select <c>h2</c>, and nothing else, if the client offers it by ALPN.</summary>
    public bool AgreesToHttp2 { get; init; }

    /// <summary>Whether keys and signatures below the library's security level can be served.</summary>
    public bool AllowWeak { get; init; }
}

/// <summary>Whether a server asks for a client certificate, and whether it requires one.</summary>
internal enum ClientAuthentication
{
    None,
    Optional,
    Required,

    /// <summary>Requests a certificate, and accepts any or none; the layer above decides, as in Node.js and .NET.</summary>
    Unverified,
}

/// <summary>A context could not be created; the message has the objection of the library.</summary>
internal sealed class TlsContextException(string message) : Exception(message);
