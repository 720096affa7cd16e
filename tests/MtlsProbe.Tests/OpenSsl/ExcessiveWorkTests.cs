using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>What a server can make us do within one call of libssl, between two checks of the clock.</summary>
public sealed class ExcessiveWorkTests
{
    private static readonly TestCertificate Root = TestPki.Root("Root");
    private static readonly TestCertificate Client = Root.Client("client");

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // an empty answer costs no signature, but a message
    public void A_thousand_certificate_requests_in_one_record_are_not_all_answered(bool hasCredential)
    {
        var secrets = new List<string>();
        KeyLog keep = (_, line) => secrets.Add(Marshal.PtrToStringUTF8(line)!);
        using var client = TlsContext.Client(new ClientParameters
        {
            MinVersion = TlsVersion.Tls13,
            Chain = hasCredential ? [Client.Certificate.Der] : [],
            Key = hasCredential ? PrivateKey.Of(Client.Key) : null,
        });
        SetKeyLog(client, keep);
        var leaf = Root.Leaf("server.test");
        using var server = TlsContext.Server(new ServerParameters
        {
            MinVersion = TlsVersion.Tls13,
            Chain = [leaf.Certificate.Der],
            Key = PrivateKey.Of(leaf.Key),
            ClientAuthentication = ClientAuthentication.None,
            ClientAnchors = [],
            Tickets = 0,
        });
        using var ours = TlsConnection.Client(client, "server.test");
        using var theirs = TlsConnection.Server(server);
        while (ours.Handshake() != TlsStatus.Done)
        {
            Move(ours, theirs);
            theirs.Handshake();
            Move(theirs, ours);
        }

        ours.Feed(Protect(Enumerable.Repeat(Request(), 1000).SelectMany(bytes => bytes).ToArray(), Secret(secrets, "SERVER_TRAFFIC_SECRET_0")));

        Assert.Equal(TlsStatus.Failed, ours.Read(new byte[16], out _));
        Assert.Equal(ExcessiveWork.CertificateRequests, ours.Record.Refused);
        Assert.Equal(WireRecord.MaxCertificateRequests, ours.Record.CertificateAnswers);
        Assert.Equal(WireRecord.MaxCertificateRequests + 1, ours.Record.CertificateRequests);
        GC.KeepAlive(keep);
    }

    /// <summary>RFC 8446 §4.3.2, with a context, as required after the handshake, and ecdsa_secp256r1_sha256.</summary>
    private static byte[] Request() => [13, 0, 0, 12, 1, 7, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3];

    /// <summary>The first record that a server sends after the handshake (RFC 8446 §5.2), for TLS_AES_256_GCM_SHA384.</summary>
    private static byte[] Protect(byte[] messages, byte[] secret)
    {
        byte[] inner = [.. messages, 22];
        var record = new byte[5 + inner.Length + 16];
        (record[0], record[1], record[2]) = (23, 3, 3);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)(inner.Length + 16));
        using var cipher = new AesGcm(Expand(secret, "key", 32), 16);
        cipher.Encrypt(Expand(secret, "iv", 12), inner, record.AsSpan(5, inner.Length), record.AsSpan(5 + inner.Length), record.AsSpan(0, 5));
        return record;
    }

    /// <summary>HKDF-Expand-Label (RFC 8446 §7.1).</summary>
    private static byte[] Expand(byte[] secret, string name, int length)
    {
        var label = Encoding.ASCII.GetBytes("tls13 " + name);
        byte[] info = [0, (byte)length, (byte)label.Length, .. label, 0];
        return HKDF.Expand(HashAlgorithmName.SHA384, secret, length, info);
    }

    private static byte[] Secret(IEnumerable<string> lines, string name) => Convert.FromHexString(lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[2]);

    private static void Move(TlsConnection from, TlsConnection to)
    {
        var buffer = new byte[32 * 1024];
        for (int count; (count = from.Drain(buffer)) > 0;) to.Feed(buffer.AsSpan(0, count));
    }

    private static void SetKeyLog(TlsContext context, KeyLog callback) => SSL_CTX_set_keylog_callback(context.DangerousGetHandle(), callback);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void KeyLog(nint ssl, nint line);

    [DllImport("libssl.so.3")]
    private static extern void SSL_CTX_set_keylog_callback(nint context, KeyLog callback);
}
