using System.Formats.Asn1;
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
    [InlineData("-iter 2048", true)] // of the MAC
    public void A_PKCS12_file_is_opened_unless_it_is_too_costly(string options, bool isCostly)
    {
        _openssl.Run($"pkcs12 -export -in a.crt -inkey a.key -out a.p12 -passout pass:secret {options}");
        var der = _openssl.Read("a.p12");
        if (isCostly) der = WithIterations(der, int.MaxValue);

        var read = Pkcs12.Read(der, Encoding.ASCII.GetBytes("secret"));

        Assert.Equal(isCostly ? Reasons.BadFormat : null, read.Fault);
        if (isCostly) Assert.Contains("iterations to derive a key", read.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-v2 aes-256-cbc -iter 2048", false)]
    [InlineData("-v2 aes-256-cbc -iter 2048", true)]
    [InlineData("-scrypt -scrypt_N 16384", false)]
    public void The_same_is_true_of_an_encrypted_key(string options, bool isCostly)
    {
        var key = PrivateKey.FromPem(isCostly ? CostlyKey() : Encrypted(options), "secret"u8);

        Assert.Equal(isCostly ? Reasons.BadFormat : null, key.Fault);
        key.Key?.Dispose();
    }

    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END SOMETHING-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n")]
    public void A_costly_key_behind_a_block_that_is_damaged_is_not_opened(string before)
    {
        var key = PrivateKey.FromPem([.. Encoding.ASCII.GetBytes(before), .. CostlyKey()], "secret"u8);

        Assert.Equal((Reasons.BadFormat, null), (key.Fault, key.Key));
    }

    /// <summary>The old encryption of PEM hides how many iterations the new encryption inside it demands.</summary>
    [Fact]
    public void A_key_that_is_encrypted_twice_is_not_opened()
    {
        var once = Encoding.ASCII.GetString(Encrypted("-v2 aes-256-cbc -iter 2"));
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

    private byte[] Encrypted(string options)
    {
        _openssl.Run($"pkcs8 -topk8 -in a.key -out b.key -passout pass:secret {options}");
        return _openssl.Read("b.key");
    }

    /// <summary>A key that takes one iteration more than is allowed.</summary>
    private byte[] CostlyKey()
    {
        var fields = PemEncoding.Find(Encoding.ASCII.GetString(Encrypted("-v2 aes-256-cbc -iter 2048")));
        var der = Convert.FromBase64String(Encoding.ASCII.GetString(_openssl.Read("b.key"))[fields.Base64Data]);
        return Encoding.ASCII.GetBytes(PemEncoding.WriteString("ENCRYPTED PRIVATE KEY", WithIterations(der, 10_000_001)) + "\n");
    }

    /// <summary>The same file with another number of iterations in its outer sequences: the key or the MAC no longer matches, which only who derives it sees.</summary>
    private static byte[] WithIterations(byte[] der, int count)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        Copy(new AsnReader(der, AsnEncodingRules.BER));
        return writer.Encode();

        void Copy(AsnReader reader)
        {
            while (reader.HasData)
            {
                var tag = reader.PeekTag();
                if (tag == Asn1Tag.Sequence)
                {
                    using (writer.PushSequence()) Copy(reader.ReadSequence());
                }
                else if (tag == Asn1Tag.Integer && reader.PeekContentBytes().Span is [8, 0]) // 2048
                {
                    reader.ReadInteger();
                    writer.WriteInteger(count);
                }
                else
                {
                    writer.WriteEncodedValue(reader.ReadEncodedValue().Span);
                }
            }
        }
    }
}
