using System.Runtime.CompilerServices;
using MtlsProbe.OpenSsl;
using MtlsProbe.Tests.Handshake;

namespace MtlsProbe.Hostile;

/// <summary>Servers that present too much in the handshake, or never complete it.</summary>
internal static class HandshakeServers
{
    private const int Certificates = 8;
    private const int Authorities = 800;

    /// <summary>An extension of TLS has at most 65,535.</summary>
    private const int BytesOfStaple = 60_000;

    /// <summary>Callbacks that libssl holds; they live as long as their contexts.</summary>
    private static readonly ConditionalWeakTable<TlsContext, object> s_held = [];

    private static readonly Lazy<TestCertificate> s_model = new(() => Crowded(null));
    private static readonly Lazy<PrivateKey> s_key = new(() => PrivateKey.Of(s_model.Value.Key));

    public static IReadOnlyList<HostileServer> All { get; } =
    [
        new("another-huge-certificate-each-time", Hang)
        {
            Tls = good => Enumerable.Range(0, Certificates).Select(_ => good with { Chain = [Crowded(s_model.Value).Der], Key = s_key.Value }),
        },
        new("a-hundred-certificates", Hang) { Tls = good => [good with { Chain = [good.Chain[0], .. Enumerable.Repeat(good.Chain[^1], 100)] }] },
        new("hundreds-of-authorities", Hang) { Tls = good => [good with { ClientAnchors = [.. Anchors()] }] },
        new("a-huge-staple", Hang) { Tls = good => [good with { MinVersion = Model.TlsVersion.Tls13 }], Prepare = context => s_held.Add(context, LibSslServer.Staple(context, BytesOfStaple)) },
        new("a-huge-group", Hang)
        {
            Tls = good =>
            {
                var rsa = TestCertificate.SelfSigned(TestTemplate.Server("server.test") with { KeyKind = TestKeyKind.OwnRsa2048 });
                return [good with { MaxVersion = Model.TlsVersion.Tls12, Chain = [rsa.Der], Key = PrivateKey.Of(rsa.Key) }];
            },
            Prepare = context => LibSslServer.WantGroup(context, 10_000),
        },
        new("falls-silent-in-its-flight", async c =>
        {
            await c.FeedAsync();
            c.Connection.Handshake();
            await c.FlushRecordsAsync(1);
            await c.HangAsync();
        }) { Tls = good => [good] },
        new("breaks-off-in-its-flight", async c =>
        {
            await c.FeedAsync();
            c.Connection.Handshake();
            await c.FlushRecordsAsync(1);
            c.Reset();
        }) { Tls = good => [good] },
    ];

    private static async Task Hang(PeerConnection c)
    {
        if (await c.HandshakeAsync()) await c.HangAsync();
    }

    private static TestCertificate Crowded(TestCertificate? model) =>
        TestCertificate.SelfSigned(TestTemplate.Server("crowded") with { Dns = [], More = [CrowdedCertificate.AlternativeNames("server.test")], Key = model?.Key, KeyIdentifiers = false });

    private static IEnumerable<ReadOnlyMemory<byte>> Anchors()
    {
        var model = TestCertificate.SelfSigned(TestTemplate.Authority("Authority"));
        return Enumerable.Range(0, Authorities).Select(i => (ReadOnlyMemory<byte>)TestCertificate.SelfSigned(TestTemplate.Authority($"Authority {i} of very many which are all of them trusted") with { Key = model.Key }).Der);
    }
}
