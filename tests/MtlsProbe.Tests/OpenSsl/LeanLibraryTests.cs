using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>Clients use the lean library, servers the one of the process: both ends have keys of every kind that certificates can have.</summary>
public sealed class LeanLibraryTests
{
    private const uint FirstWithCache = 0x30200000;

    public static TheoryData<string, string> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, string>();
            foreach (var version in (string[])["1.2", "1.3"])
            {
                foreach (var kind in (string[])["ec:P-256", "ec:P-384", "ec:P-521", "rsa:2048", "rsa-pss", "ed25519", "ed448"]) kinds.Add(version, kind);
            }

            return kinds;
        }
    }

    [Fact]
    public void It_is_used_where_libssl_looks_for_decoders_each_time() =>
        Assert.Equal(LibCrypto.OpenSSL_version_num() < FirstWithCache, LeanLibrary.Context != 0);

    [Theory, MemberData(nameof(Kinds))]
    public void A_mutual_handshake_succeeds_with_every_kind_of_key(string version, string kind)
    {
        using var tool = new OpensslTool();
        var name = kind.StartsWith("ec:", StringComparison.Ordinal) ? $"ec -pkeyopt ec_paramgen_curve:{kind[3..]}" : kind;
        tool.Run($"req -x509 -newkey {name} -nodes -keyout key.pem -out certificate.pem -days 9 -subj /CN=server.test");
        var der = PemEncoding.Find(Encoding.ASCII.GetString(tool.Read("certificate.pem"))) is var found
            ? Convert.FromBase64String(Encoding.ASCII.GetString(tool.Read("certificate.pem"))[found.Base64Data])
            : [];
        var key = PrivateKey.FromPem(tool.Read("key.pem"), default).Key!;
        var only = version == "1.2" ? TlsVersion.Tls12 : TlsVersion.Tls13;
        using var client = TlsContext.Client(new ClientParameters { MinVersion = only, MaxVersion = only, Chain = [der], Key = key });
        using var server = TlsContext.Server(new ServerParameters
        {
            MinVersion = only, MaxVersion = only, Chain = [der], Key = key, ClientAuthentication = ClientAuthentication.Required, ClientAnchors = [der],
        });
        using var ours = TlsConnection.Client(client, null);
        using var theirs = TlsConnection.Server(server);

        var (one, other) = (TlsStatus.NeedsInput, TlsStatus.NeedsInput);
        for (var flight = 0; flight < 10; flight++)
        {
            if (one == TlsStatus.NeedsInput) one = ours.Handshake();
            Move(ours, theirs);
            if (other == TlsStatus.NeedsInput) other = theirs.Handshake();
            Move(theirs, ours);
        }

        Assert.Equal((TlsStatus.Done, TlsStatus.Done), (one, other));
        Assert.Equal([der], ours.PeerCertificates());
        Assert.True(ours.Record.CertificatePresented);
        Assert.Equal(version, ours.Negotiated()?.Version);
    }

    private static void Move(TlsConnection from, TlsConnection to)
    {
        var buffer = new byte[64 * 1024];
        for (int count; (count = from.Drain(buffer)) > 0;) to.Feed(buffer.AsSpan(0, count));
    }
}
