using System.Formats.Asn1;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Hostile;

/// <summary>Functions of libssl for servers that the product does not use.</summary>
internal static class LibSslServer
{
    private const int ControlSetTemporaryDh = 3;
    private const int ControlSetStatusCallback = 63;
    private const int ControlSetStatusResponse = 71;

    private static readonly SelectAlpn s_http2 = SelectHttp2;
    private static readonly byte[] s_h2 = GC.AllocateArray<byte>(2, pinned: true);

    static LibSslServer() => "h2"u8.CopyTo(s_h2);

    /// <summary>Changes the keys of this side (RFC 8446 §4.6.3); sent with the next step.</summary>
    public static void UpdateKeys(TlsConnection tls) => Must(SSL_key_update(Ssl(tls), 0));

    /// <summary>One more ticket (RFC 8446 §4.6.1); sent with the next words.</summary>
    public static void Ticket(TlsConnection tls) => Must(SSL_new_session_ticket(Ssl(tls)));

    /// <summary>Asks for a certificate again (RFC 8446 §4.6.2); sent with the next step. Not while an answer is due.</summary>
    public static void AskForCertificate(TlsConnection tls) => Must(SSL_verify_client_post_handshake(Ssl(tls)));

    /// <summary>Begins another handshake (RFC 5246 §7.4.1.1); sent with the next step.</summary>
    public static void Renegotiate(TlsConnection tls) => Must(SSL_renegotiate(Ssl(tls)));

    /// <summary>
    /// Allows handshakes to follow each other: libssl begins none if it has asked the client for a certificate and the session has no context.
    /// </summary>
    public static void AllowRenegotiation(TlsContext context) => Must(SSL_CTX_set_session_id_context(context.DangerousGetHandle(), s_h2, (uint)s_h2.Length));

    /// <summary>Selects HTTP/2, whatever else is offered.</summary>
    public static void SpeakHttp2(TlsContext context) => SSL_CTX_set_alpn_select_cb(context.DangerousGetHandle(), s_http2, 0);

    /// <summary>Staples this many bytes instead of an OCSP response. The context must live as long as the returned object.</summary>
    public static object Staple(TlsContext context, int length)
    {
        SetStatus staple = (ssl, _) =>
        {
            SSL_ctrl(ssl, ControlSetStatusResponse, length, CRYPTO_malloc(length, 0, 0)); // libssl frees it
            return 0;
        };
        Must(SSL_CTX_callback_ctrl(context.DangerousGetHandle(), ControlSetStatusCallback, staple));
        return staple;
    }

    /// <summary>
    /// Diffie-Hellman with a number of this many bits instead of a prime: it takes minutes to find one, and neither side checks. Our own exponent is
    /// short.
    /// </summary>
    public static void WantGroup(TlsContext context, int bits)
    {
        var number = RandomNumberGenerator.GetBytes(bits / 8);
        number[0] |= 0x80;
        number[^1] |= 1;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) // DHParameter, PKCS #3 §9
        {
            writer.WriteInteger(new BigInteger(number, isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(2);
            writer.WriteInteger(256);
        }

        var der = GC.AllocateArray<byte>(writer.GetEncodedLength(), pinned: true);
        writer.Encode(der);
        var cursor = Marshal.UnsafeAddrOfPinnedArrayElement(der, 0);
        Must(SSL_CTX_set_cipher_list(context.DangerousGetHandle(), "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"));
        Must((int)SSL_CTX_ctrl(context.DangerousGetHandle(), ControlSetTemporaryDh, 0, d2i_DHparams(0, ref cursor, der.Length)));
    }

    private static int SelectHttp2(nint ssl, ref nint selected, ref byte length, nint offered, uint offeredLength, nint argument)
    {
        (selected, length) = (Marshal.UnsafeAddrOfPinnedArrayElement(s_h2, 0), 2);
        return 0;
    }

    private static nint Ssl(TlsConnection tls) => Handle(tls).DangerousGetHandle();

    private static void Must(int done)
    {
        if (done != 1) throw new IOException($"libssl: {OpenSslErrors.Take()}");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_ssl")]
    private static extern ref SslHandle Handle(TlsConnection tls);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SelectAlpn(nint ssl, ref nint selected, ref byte length, nint offered, uint offeredLength, nint argument);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetStatus(nint ssl, nint argument);

    [DllImport("libssl.so.3")]
    private static extern int SSL_key_update(nint ssl, int type);

    [DllImport("libssl.so.3")]
    private static extern int SSL_new_session_ticket(nint ssl);

    [DllImport("libssl.so.3")]
    private static extern int SSL_verify_client_post_handshake(nint ssl);

    [DllImport("libssl.so.3")]
    private static extern int SSL_renegotiate(nint ssl);

    [DllImport("libssl.so.3")]
    private static extern int SSL_CTX_set_session_id_context(nint context, byte[] id, uint length);

    [DllImport("libssl.so.3")]
    private static extern void SSL_CTX_set_alpn_select_cb(nint context, SelectAlpn callback, nint argument);

    [DllImport("libssl.so.3")]
    private static extern int SSL_CTX_callback_ctrl(nint context, int command, SetStatus callback);

    [DllImport("libssl.so.3")]
    private static extern nint SSL_ctrl(nint ssl, int command, nint large, nint pointer);

    [DllImport("libssl.so.3")]
    private static extern nint SSL_CTX_ctrl(nint context, int command, nint large, nint pointer);

    [DllImport("libssl.so.3", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SSL_CTX_set_cipher_list(nint context, string list);

    [DllImport("libcrypto.so.3")]
    private static extern nint d2i_DHparams(nint existing, ref nint der, nint length);

    [DllImport("libcrypto.so.3")]
    private static extern nint CRYPTO_malloc(nint length, nint file, int line);
}
