using System.Runtime.InteropServices;
using MtlsProbe.Model;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// One TLS connection as a state machine between memory buffers: bytes from the network go in through <see cref="Feed"/>, bytes for the network come
/// out through <see cref="Drain"/>, and no call ever blocks. Not thread-safe.
/// </summary>
internal sealed unsafe class TlsConnection : IDisposable
{
    private readonly SslHandle _ssl;
    private readonly nint _input; // both BIOs belong to the SSL and exist as long as _ssl
    private readonly nint _output;

    private TlsConnection(TlsContext context)
    {
        Signing = context.Signing;
        OpenSslErrors.Clear();
        _ssl = new SslHandle(context);
        _input = LibCrypto.BIO_new(LibCrypto.BIO_s_mem());
        _output = LibCrypto.BIO_new(LibCrypto.BIO_s_mem());
        LibSsl.SSL_set_bio(_ssl, _input, _output);
    }

    /// <summary>The error of the last call that returned <see cref="TlsStatus.Failed"/>.</summary>
    public OpenSslError LastError { get; private set; }

    /// <summary>How steps that end with <see cref="TlsStatus.NeedsSignature"/> are repeated; null: no step ends so.</summary>
    public Signing? Signing { get; }

    /// <summary>The events on the wire so far.</summary>
    public WireRecord Record => _ssl.Record;

    /// <param name="serverName">Sent as SNI; null sends none.</param>
    public static TlsConnection Client(TlsContext context, string? serverName)
    {
        var connection = new TlsConnection(context);
        LibSsl.SSL_set_connect_state(connection._ssl);
        if (serverName is not null)
        {
            var name = Marshal.StringToCoTaskMemUTF8(serverName);
            LibSsl.SSL_ctrl(connection._ssl, LibSsl.ControlSetHostName, LibSsl.HostNameType, name); // copies the name
            Marshal.FreeCoTaskMem(name);
        }

        return connection;
    }

    public static TlsConnection Server(TlsContext context)
    {
        var connection = new TlsConnection(context);
        LibSsl.SSL_set_accept_state(connection._ssl);
        if (!context.Stapled.IsEmpty) connection.Staple(context.Stapled.Span);
        return connection;
    }

    public TlsStatus Handshake()
    {
        OpenSslErrors.Clear();
        return Status(LibSsl.SSL_do_handshake(_ssl));
    }

    /// <summary>Reads application data. This also processes tickets, renegotiation and authentication after the handshake.</summary>
    public TlsStatus Read(Span<byte> buffer, out int count)
    {
        OpenSslErrors.Clear();
        fixed (byte* start = buffer)
        {
            var result = LibSsl.SSL_read(_ssl, start, buffer.Length);
            count = Math.Max(result, 0);
            return Status(result);
        }
    }

    /// <summary>Writes all of <paramref name="data"/>, or none of it if a renegotiation needs input first.</summary>
    public TlsStatus Write(ReadOnlySpan<byte> data)
    {
        OpenSslErrors.Clear();
        fixed (byte* start = data) return Status(LibSsl.SSL_write(_ssl, start, data.Length));
    }

    /// <summary>Queues our close_notify; the peer's answer can still be read.</summary>
    public void Close()
    {
        OpenSslErrors.Clear();
        _ = LibSsl.SSL_shutdown(_ssl); // the record has all that the result would say
        OpenSslErrors.Clear();
    }

    /// <summary>Takes bytes from the network.</summary>
    /// <exception cref="ObjectDisposedException">It has been disposed, with its buffers.</exception>
    public void Feed(ReadOnlySpan<byte> wire)
    {
        ObjectDisposedException.ThrowIf(_ssl.IsClosed, this);
        fixed (byte* start = wire)
        {
            if (LibCrypto.BIO_write(_input, start, wire.Length) != wire.Length) throw new InsufficientMemoryException("BIO_write");
        }

        GC.KeepAlive(_ssl);
    }

    /// <summary>Returns bytes for the network; 0 if there are none.</summary>
    /// <exception cref="ObjectDisposedException">It has been disposed, with its buffers.</exception>
    public int Drain(Span<byte> wire)
    {
        ObjectDisposedException.ThrowIf(_ssl.IsClosed, this);
        fixed (byte* start = wire)
        {
            var count = LibCrypto.BIO_read(_output, start, wire.Length);
            GC.KeepAlive(_ssl);
            return Math.Max(count, 0);
        }
    }

    /// <summary>What was negotiated; null before the server's choice is known.</summary>
    public TlsFacts? Negotiated()
    {
        var cipher = LibSsl.SSL_get_current_cipher(_ssl);
        if (cipher == 0) return null;
        byte* protocol;
        uint length;
        LibSsl.SSL_get0_alpn_selected(_ssl, &protocol, &length);
        var alpn = length == 0 ? null : System.Text.Encoding.Latin1.GetString(protocol, (int)length);
        var version = LibSsl.SSL_version(_ssl) == 0x0304 ? "1.3" : "1.2";
        var name = TlsNames.Cipher(LibSsl.SSL_CIPHER_standard_name(cipher));
        GC.KeepAlive(_ssl);
        return new TlsFacts(version, name, alpn);
    }

    /// <summary>DER of the certificates that the server presented, in its order; empty if there were none.</summary>
    public IReadOnlyList<byte[]> PeerCertificates()
    {
        var stack = LibSsl.SSL_get_peer_cert_chain(_ssl);
        var certificates = stack == 0 ? [] : new byte[LibCrypto.OPENSSL_sk_num(stack)][];
        for (var i = 0; i < certificates.Length; i++) certificates[i] = Der.Encode(LibCrypto.OPENSSL_sk_value(stack, i), &LibCrypto.i2d_X509);
        GC.KeepAlive(_ssl);
        return certificates;
    }

    /// <summary>DER of the CA names in the last CertificateRequest; empty if there was none.</summary>
    public IReadOnlyList<byte[]> AcceptableIssuers()
    {
        var stack = LibSsl.SSL_get0_peer_CA_list(_ssl);
        var count = stack == 0 ? 0 : LibCrypto.OPENSSL_sk_num(stack);
        var names = count <= 0 ? [] : new byte[count][];
        for (var i = 0; i < names.Length; i++) names[i] = Der.Encode(LibCrypto.OPENSSL_sk_value(stack, i), &LibCrypto.i2d_X509_NAME);
        GC.KeepAlive(_ssl);
        return names;
    }

    /// <summary>Code points of the signature algorithms that the last CertificateRequest allows (RFC 8446 §4.3.2); empty if there was none.</summary>
    public IReadOnlyList<ushort> AllowedSignatures()
    {
        const int most = 128; // about fifty have a meaning; a hostile server can list thousands
        byte low = 0, high = 0;
        var codes = new ushort[Math.Clamp(LibSsl.SSL_get_sigalgs(_ssl, -1, null, null, null, null, null), 0, most)];
        for (var i = 0; i < codes.Length; i++)
        {
            _ = LibSsl.SSL_get_sigalgs(_ssl, i, null, null, null, &low, &high);
            codes[i] = (ushort)((high << 8) | low);
        }

        return codes;
    }

    /// <summary>The stapled OCSP response; empty if there was none.</summary>
    public byte[] StapledOcsp()
    {
        nint data;
        var length = LibSsl.SSL_ctrl(_ssl, LibSsl.ControlGetOcspResponse, 0, (nint)(&data));
        var response = length <= 0 || data == 0 ? [] : new ReadOnlySpan<byte>((void*)data, (int)length).ToArray();
        GC.KeepAlive(_ssl);
        return response;
    }

    public void Dispose() => _ssl.Dispose();

    private void Staple(ReadOnlySpan<byte> response)
    {
        var copy = LibCrypto.CRYPTO_malloc((nuint)response.Length, "", 0);
        if (copy == 0) throw new TlsContextException("no memory for the stapled response");
        response.CopyTo(new Span<byte>((void*)copy, response.Length));
        LibSsl.SSL_ctrl(_ssl, LibSsl.ControlSetOcspResponse, response.Length, copy);
    }

    private TlsStatus Status(int result)
    {
        if (result > 0) return TlsStatus.Done;
        switch (LibSsl.SSL_get_error(_ssl, result))
        {
            case LibSsl.ErrorWantRead or LibSsl.ErrorWantWrite:
                return TlsStatus.NeedsInput;
            case LibSsl.ErrorWantCertificate:
                return TlsStatus.NeedsSignature;
            case LibSsl.ErrorZeroReturn:
                return TlsStatus.Closed;
            default:
                LastError = OpenSslErrors.TakeError();
                return TlsStatus.Failed;
        }
    }
}

/// <summary>How a step of a connection ended.</summary>
internal enum TlsStatus
{
    Done,

    /// <summary>Drain first, then feed more bytes and call again.</summary>
    NeedsInput,

    /// <summary>
    /// The server requests our certificate, whose key is stored elsewhere: run the same step through <see cref="TlsConnection.Signing"/>.
    /// </summary>
    NeedsSignature,

    /// <summary>The peer has sent close_notify.</summary>
    Closed,

    /// <summary>A fatal alert in either direction, or an error of the library: see the record and <see cref="TlsConnection.LastError"/>.</summary>
    Failed,
}
