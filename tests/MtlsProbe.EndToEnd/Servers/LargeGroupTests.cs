using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>A server that requires Diffie-Hellman with a prime so large that each probe would cost a second of CPU time.</summary>
public sealed class LargeGroupTests : IDisposable
{
    private readonly Workspace _workspace = new("group");

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(4096, false)]
    public async Task A_prime_beyond_8192_bits_is_refused_and_reported(int bits, bool isRefused)
    {
        var port = Ports.Free();
        var certificate = _workspace.PathOf("rsa.crt");
        await Openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", _workspace.PathOf("rsa.key"), "-out", certificate);
        await using var server = ChildProcess.Start("s_server", "openssl",
        [
            "s_server", "-accept", port.ToString(CultureInfo.InvariantCulture), "-cert", certificate, "-key", _workspace.PathOf("rsa.key"),
            "-dhparam", _workspace.Write("dh.pem", Parameters(bits)), "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256@SECLEVEL=0", "-quiet",
        ]);
        await server.ListensOn(port);

        var probe = await Mtlsprobe.Run("probe", $"127.0.0.1:{port}", "--ca", certificate, "--timeout", "10s");

        Assert.Equal(isRefused, probe.Output.Contains("Diffie-Hellman with a prime of more than 8,192 bits", StringComparison.Ordinal));
        Assert.Equal(isRefused, !probe.Output.Contains("handshake", StringComparison.Ordinal) || probe.Output.Contains("✘ handshake", StringComparison.Ordinal));
    }

    private static async Task Openssl(params string[] arguments)
    {
        await using var openssl = ChildProcess.Start("openssl", "openssl", arguments);
        Assert.True(await openssl.Exit(TimeSpan.FromSeconds(60)) == 0, openssl.Output);
    }

    /// <summary>DHParameter (PKCS #3 §9). The number is no prime: it takes minutes to find one of this size, and neither side checks.</summary>
    private static string Parameters(int bits)
    {
        var number = RandomNumberGenerator.GetBytes(bits / 8);
        number[0] |= 0x80;
        number[^1] |= 1;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(number, isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(2);
        }

        return PemEncoding.WriteString("DH PARAMETERS", writer.Encode()) + "\n";
    }
}
