using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The functions of libssl that we use, with their C names. Ownership: <c>get0</c> and <c>get_peer_cert_chain</c> lend, everything handed over by
/// <c>SSL_set_bio</c> belongs to the SSL.
/// </summary>
internal static unsafe partial class LibSsl
{
    public const int ControlSetHostName = 55; // SSL_CTRL_SET_TLSEXT_HOSTNAME
    public const int ControlSetStatusCallback = 63; // SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB
    public const int ControlSetOcspResponse = 71; // SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP: libssl owns the memory from then on
    public const int ControlSetStatusType = 65; // SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE
    public const int ControlGetOcspResponse = 70; // SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP
    public const int ControlMode = 33; // SSL_CTRL_MODE
    public const int ControlMessageCallbackArgument = 16; // SSL_CTRL_SET_MSG_CALLBACK_ARG
    public const int ControlSessionCacheMode = 44; // SSL_CTRL_SET_SESS_CACHE_MODE
    public const int ControlMaxCertificateList = 51; // SSL_CTRL_SET_MAX_CERT_LIST
    public const int ControlAddChainCertificate = 89; // SSL_CTRL_CHAIN_CERT, larg 1: takes its own reference
    public const int ControlMinVersion = 123; // SSL_CTRL_SET_MIN_PROTO_VERSION
    public const int ControlMaxVersion = 124; // SSL_CTRL_SET_MAX_PROTO_VERSION

    public const int ApplicationData = 0; // the index of SSL_set_app_data

    public const int HostNameType = 0; // TLSEXT_NAMETYPE_host_name
    public const int StatusTypeOcsp = 1; // TLSEXT_STATUSTYPE_ocsp
    public const int ModeNoAutoChain = 8; // SSL_MODE_NO_AUTO_CHAIN
    public const int ModeReleaseBuffers = 16; // SSL_MODE_RELEASE_BUFFERS

    /// <summary>
    /// SSL_OP_NO_TX_CERTIFICATE_COMPRESSION and SSL_OP_NO_RX_CERTIFICATE_COMPRESSION (OpenSSL 3.2 and later; earlier ones compress nothing):
    /// certificates must be seen exactly as presented.
    /// </summary>
    public const ulong OptionNoCertificateCompression = (1UL << 32) | (1UL << 33);

    public const int VerifyNone = 0;
    public const int VerifyPeer = 1;
    public const int VerifyFailIfNoPeerCertificate = 2;

    public const int ErrorWantRead = 2;
    public const int ErrorWantWrite = 3;
    public const int ErrorWantCertificate = 4; // SSL_ERROR_WANT_X509_LOOKUP
    public const int ErrorZeroReturn = 6;

    [LibraryImport(Library.Ssl)]
    public static partial nint TLS_client_method();

    [LibraryImport(Library.Ssl)]
    public static partial nint TLS_server_method();

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_CTX_new_ex(nint libraryContext, byte* properties, nint method);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_CTX_ctrl(TlsContext context, int command, nint larg, nint parg);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_CTX_callback_ctrl(TlsContext context, int command, delegate* unmanaged<nint, nint, int> callback);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_security_level(TlsContext context, int level);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_post_handshake_auth(TlsContext context, int value);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_verify(TlsContext context, int mode, nint callback);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_cert_verify_callback(TlsContext context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_CTX_set_alpn_protos(TlsContext context, byte* protocols, uint length);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_alpn_select_cb(TlsContext context, delegate* unmanaged<nint, byte**, byte*, byte*, uint, nint, int> callback, nint argument);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_CTX_set_num_tickets(TlsContext context, nuint tickets);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_CTX_use_certificate(TlsContext context, nint certificate);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_CTX_use_PrivateKey(TlsContext context, PrivateKey key);

    /// <summary>Returns the options that are then set; unknown ones are kept and have no effect.</summary>
    [LibraryImport(Library.Ssl)]
    public static partial ulong SSL_CTX_set_options(TlsContext context, ulong options);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_CTX_get_cert_store(TlsContext context);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_CTX_add_client_CA(TlsContext context, nint certificate);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_msg_callback(TlsContext context, delegate* unmanaged<int, int, int, byte*, nuint, nint, nint, void> callback);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_cert_cb(TlsContext context, delegate* unmanaged<nint, nint, int> callback, nint argument);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_CTX_set_security_callback(TlsContext context, delegate* unmanaged<nint, nint, int, int, int, nint, nint, int> callback);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_set_ex_data(SslHandle ssl, int index, nint data);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_get_ex_data(nint ssl, int index);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_new(TlsContext context);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_ctrl(SslHandle ssl, int command, nint larg, nint parg);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_set_bio(SslHandle ssl, nint read, nint write);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_set_connect_state(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_set_accept_state(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_do_handshake(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_read(SslHandle ssl, byte* buffer, int length);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_write(SslHandle ssl, byte* buffer, int length);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_shutdown(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_get_error(SslHandle ssl, int result);

    [LibraryImport(Library.Ssl)]
    public static partial int SSL_version(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_get_current_cipher(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial byte* SSL_CIPHER_standard_name(nint cipher);

    [LibraryImport(Library.Ssl)]
    public static partial void SSL_get0_alpn_selected(SslHandle ssl, byte** data, uint* length);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_get_peer_cert_chain(SslHandle ssl);

    [LibraryImport(Library.Ssl)]
    public static partial nint SSL_get0_peer_CA_list(SslHandle ssl);

    /// <summary>
    /// The number of signature algorithms that the peer sent. The code points of the one at <paramref name="index"/> are written to the pointers; a
    /// negative index writes nothing.
    /// </summary>
    [LibraryImport(Library.Ssl)]
    public static partial int SSL_get_sigalgs(SslHandle ssl, int index, int* sign, int* hash, int* signHash, byte* rawSign, byte* rawHash);
}
