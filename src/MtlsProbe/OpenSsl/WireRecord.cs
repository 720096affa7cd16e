using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MtlsProbe.Model;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The events of one connection, recorded by libssl's message callback as they happen. It is plain native memory: the callback neither allocates nor
/// uses managed objects. Written only on the thread that is inside a libssl call for this connection.
/// </summary>
internal struct WireRecord
{
    private const int ContentAlert = 21;
    private const int ContentHandshake = 22;
    private const byte MessageNewSessionTicket = 4;
    private const byte MessageCertificate = 11;
    private const byte MessageCertificateRequest = 13;
    private const byte MessageKeyUpdate = 24;
    private const byte MessageServerHello = 2;
    private const byte MessageServerHelloDone = 14;
    private const byte MessageCompressedCertificate = 25; // RFC 8879
    private const byte UserCanceled = 90;
    private const int HandshakeHeader = 4;
    private const int Tls13 = 0x0304;

    /// <summary>Each request costs a signature. A server has reason to ask once in the handshake and once for a path.</summary>
    public const int MaxCertificateRequests = 4;

    // An alert is kept as its code plus one, so that zeroed memory means "none".
    private ushort _alertReceived;
    private ushort _alertSent;

    /// <summary>The server's hello has arrived: the peer speaks TLS.</summary>
    public bool HelloReceived { get; private set; }

    /// <summary>
    /// The server can no longer ask for a certificate in its first flight: before TLS 1.3 this flight ends with ServerHelloDone, and in TLS 1.3 the
    /// request precedes the certificate (RFC 5246 §7.3, RFC 8446 §2).
    /// </summary>
    public bool RequestIsDecided { get; private set; }

    /// <summary>Number of CertificateRequest messages received; more than one after renegotiation or post-handshake authentication.</summary>
    public int CertificateRequests { get; private set; }

    /// <summary>Number of Certificate messages sent, including empty ones.</summary>
    public int CertificateAnswers { get; private set; }

    /// <summary>Whether the last Certificate message that we sent contained a certificate.</summary>
    public bool CertificatePresented { get; private set; }

    /// <summary>Number of NewSessionTicket messages received.</summary>
    public int Tickets { get; private set; }

    /// <summary>Number of ServerHello messages received, including HelloRetryRequests; more than two after renegotiation.</summary>
    public int Hellos { get; private set; }

    /// <summary>Number of KeyUpdate messages received.</summary>
    public int KeyUpdates { get; private set; }

    /// <summary>Why we aborted: the server demanded more work than a handshake needs.</summary>
    public ExcessiveWork Refused { get; private set; }

    /// <summary>Our key is stored elsewhere, and signs only during a <see cref="SigningTurn"/>.</summary>
    public bool SignsElsewhere { get; set; }

    /// <summary>The peer sent close_notify.</summary>
    public bool CloseNotifyReceived { get; private set; }

    /// <summary>The last fatal alert that the peer sent.</summary>
    public readonly Alert? AlertReceived => _alertReceived == 0 ? null : new Alert((byte)(_alertReceived - 1));

    /// <summary>The last fatal alert that we sent: libssl rejected something from the peer.</summary>
    public readonly Alert? AlertSent => _alertSent == 0 ? null : new Alert((byte)(_alertSent - 1));

    /// <summary>
    /// The callback for <c>SSL_CTX_set_cert_cb</c>: called before we sign, for each request of the server. One record can contain a thousand
    /// requests, and the deadline is not checked between them. 0 ends the connection; -1 postpones the step, which is then repeated where our key can
    /// sign.
    /// </summary>
    [UnmanagedCallersOnly]
    public static unsafe int OnCertificateRequest(nint ssl, nint argument)
    {
        var pointer = LibSsl.SSL_get_ex_data(ssl, LibSsl.ApplicationData);
        if (pointer == 0) return 1;
        ref var record = ref Unsafe.AsRef<WireRecord>((void*)pointer);
        if (record.CertificateRequests <= MaxCertificateRequests) return record.SignsElsewhere && SigningTurn.Current is null ? -1 : 1;
        record.Refused = ExcessiveWork.CertificateRequests;
        return 0;
    }

    /// <summary>
    /// The callback for <c>SSL_CTX_set_security_callback</c>. It allows everything, like level 0, except Diffie-Hellman with primes that are too
    /// small, which level 0 refuses too, or so large that they would cost us a second. Named groups are cheap at any size.
    /// </summary>
    [UnmanagedCallersOnly]
    public static unsafe int OnSecurity(nint ssl, nint context, int operation, int bits, int nid, nint other, nint argument)
    {
        const int temporaryDh = 7 | (4 << 16); // SSL_SECOP_TMP_DH
        const int leastSecurityBits = 80;
        const int mostBits = 8192;
        if (operation != temporaryDh) return 1;
        if (bits < leastSecurityBits) return 0;
        if (other == 0 || LibCrypto.EVP_PKEY_get_bits(other) <= mostBits) return 1;
        var pointer = ssl == 0 ? 0 : LibSsl.SSL_get_ex_data(ssl, LibSsl.ApplicationData);
        if (pointer != 0) Unsafe.AsRef<WireRecord>((void*)pointer).Refused = ExcessiveWork.LargeGroup;
        return 0;
    }

    /// <summary>The callback for <c>SSL_CTX_set_msg_callback</c>; its argument points to the connection's record, or is null.</summary>
    [UnmanagedCallersOnly]
    public static unsafe void OnMessage(int sent, int version, int contentType, byte* data, nuint length, nint ssl, nint argument)
    {
        if (argument == 0) return;
        var message = new ReadOnlySpan<byte>(data, (int)Math.Min(length, 1 << 20));
        ref var record = ref Unsafe.AsRef<WireRecord>((void*)argument);
        if (contentType == ContentAlert && message.Length == 2) record.NoteAlert(sent != 0, message[0], message[1], version);
        else if (contentType == ContentHandshake && message.Length >= HandshakeHeader) record.NoteHandshake(sent != 0, version, message);
    }

    private void NoteAlert(bool sent, byte level, byte code, int version)
    {
        if (code == Alert.CloseNotifyCode) CloseNotifyReceived |= !sent;
        else if (code == UserCanceled || (level != 2 && !(HelloReceived && version == Tls13))) return; // RFC 8446 §6: in TLS 1.3, which is certain only after its hello, the level has no meaning; before that, a warning ends nothing
        else if (sent) _alertSent = (ushort)(code + 1);
        else _alertReceived = (ushort)(code + 1);
    }

    private void NoteHandshake(bool sent, int version, ReadOnlySpan<byte> message)
    {
        switch (message[0], sent)
        {
            case (MessageServerHello, false):
                HelloReceived = true;
                Hellos++;
                break;
            case (MessageServerHelloDone, false):
            case (MessageCertificate, false) when version == Tls13:
                RequestIsDecided = true;
                break;
            case (MessageNewSessionTicket, false):
                Tickets++;
                break;
            case (MessageKeyUpdate, false):
                KeyUpdates++;
                break;
            case (MessageCertificateRequest, false):
                CertificateRequests++;
                break;
            case (MessageCompressedCertificate, true):
                CertificateAnswers++;
                CertificatePresented = true;
                break;
            case (MessageCertificate, true):
                CertificateAnswers++;
                CertificatePresented = HoldsCertificate(version, message[HandshakeHeader..]);
                break;
        }
    }

    /// <summary>Whether the certificate_list is not empty (RFC 5246 §7.4.6; RFC 8446 §4.4.2 puts a context before it).</summary>
    private static bool HoldsCertificate(int version, ReadOnlySpan<byte> body)
    {
        if (version == Tls13) body = body.Length > 0 ? body[Math.Min(1 + body[0], body.Length)..] : body;
        return body.Length > 3;
    }
}

/// <summary>Demands that are too much work for one probe.</summary>
internal enum ExcessiveWork
{
    None,

    /// <summary>More than <see cref="WireRecord.MaxCertificateRequests"/>.</summary>
    CertificateRequests,

    /// <summary>Diffie-Hellman with a prime of more than 8,192 bits.</summary>
    LargeGroup,
}
