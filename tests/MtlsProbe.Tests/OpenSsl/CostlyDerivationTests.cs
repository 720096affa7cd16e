using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Tests.OpenSsl;

/// <summary>Files that demand days of key derivation are reported before it begins.</summary>
public sealed class CostlyDerivationTests : IDisposable
{
    private readonly OpensslTool _openssl = new();

    public CostlyDerivationTests() => _openssl.Run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -keyout a.key -out a.crt");

    public void Dispose() => _openssl.Dispose();

    [Theory]
    [InlineData("-iter 2048", false)]
    [InlineData("-iter 2048 -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES", false)]
    [InlineData("-iter 2048", true)] // the count of the MAC, which comes last, is set to two billion
    public void A_PKCS12_file_is_opened_unless_it_is_too_costly(string options, bool isCostly)
    {
        _openssl.Run($"pkcs12 -export -in a.crt -inkey a.key -out a.p12 -passout pass:secret {options}");
        var der = _openssl.Read("a.p12");
        if (isCostly)
        {
            Assert.Equal([2, 2, 8, 0], der[^4..]);
            der = Longer(der);
        }

        var read = Pkcs12.Read(der, Encoding.ASCII.GetBytes("secret"));

        Assert.Equal(isCostly ? Reasons.BadFormat : null, read.Fault);
        if (isCostly) Assert.Contains("iterations to derive a key", read.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-v2 aes-256-cbc -iter 2048", false)]
    [InlineData("-v2 aes-256-cbc -iter 10000001", true)]
    [InlineData("-scrypt -scrypt_N 16384", false)]
    public void The_same_is_true_of_an_encrypted_key(string options, bool isCostly)
    {
        _openssl.Run($"pkcs8 -topk8 -in a.key -out b.key -passout pass:secret {options}");

        var key = PrivateKey.FromPem(_openssl.Read("b.key"), Encoding.ASCII.GetBytes("secret"));

        Assert.Equal(isCostly ? Reasons.BadFormat : null, key.Fault);
        key.Key?.Dispose();
    }

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END SOMETHING-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n")]
    public void A_costly_key_behind_a_block_that_is_damaged_is_not_opened(string before)
    {
        _openssl.Run("pkcs8 -topk8 -in a.key -out b.key -passout pass:secret -v2 aes-256-cbc -iter 10000001");

        var key = PrivateKey.FromPem([.. Encoding.ASCII.GetBytes(before), .. _openssl.Read("b.key")], "secret"u8);

        Assert.Equal((Reasons.BadFormat, null), (key.Fault, key.Key));
    }

    /// <summary>The old encryption of PEM hides how many iterations the new encryption inside it demands.</summary>
    [Fact]
    public void A_key_that_is_encrypted_twice_is_not_opened()
    {
        _openssl.Run("pkcs8 -topk8 -in a.key -out b.key -passout pass:secret -v2 aes-256-cbc -iter 2");
        var once = Encoding.ASCII.GetString(_openssl.Read("b.key"));
        var salt = RandomNumberGenerator.GetBytes(16);
        using var aes = Aes.Create();
        aes.Key = CryptographicOperations.HashData(HashAlgorithmName.MD5, [.. "secret"u8, .. salt.AsSpan(0, 8)]); // EVP_BytesToKey, one round
        var der = Convert.FromBase64String(string.Concat(once.Split('\n').Where(line => !line.StartsWith('-'))));
        var twice = $"-----BEGIN ENCRYPTED PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{Convert.ToHexString(salt)}\n\n"
            + string.Join('\n', Convert.ToBase64String(aes.EncryptCbc(der, salt)).Chunk(64).Select(line => new string(line))) + "\n-----END ENCRYPTED PRIVATE KEY-----\n";

        var key = PrivateKey.FromPem(Encoding.ASCII.GetBytes(twice), "secret"u8);

        Assert.Equal((Reasons.BadFormat, null), (key.Fault, key.Key));
        Assert.StartsWith("is encrypted twice", key.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 2, 3)]
    [InlineData(long.MaxValue, 0, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue, long.MaxValue)]
    public void The_total_cost_of_two_keys_is_bounded(long one, long other, long together) => Assert.Equal(together, PasswordProtection.Together(one, other));

    /// <summary>Two more octets of the count, also in the lengths of MacData and of the whole.</summary>
    private static byte[] Longer(byte[] der)
    {
        byte[] longer = [.. der[..^3], 4, 0x7f, 0xff, 0xff, 0xff];
        var whole = (longer[2] << 8 | longer[3]) + 2;
        (longer[2], longer[3]) = ((byte)(whole >> 8), (byte)whole);
        for (var i = longer.Length - 1; i > 0; i--)
        {
            if (longer[i] != 0x30 || longer[i + 1] + i + 2 != longer.Length - 2) continue;
            longer[i + 1] += 2;
            return longer;
        }

        throw new InvalidOperationException("no MacData");
    }
}
