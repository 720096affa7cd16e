using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// One login by SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding, and without a user, which PostgreSQL already knows. The password is used
/// as in its file: characters beyond ASCII are not prepared (RFC 4013).
/// </summary>
internal sealed class Scram(Secret password)
{
    public const string Name = "SCRAM-SHA-256";

    /// <summary>PostgreSQL uses 4,096. A server that demands far more would waste our time.</summary>
    private const int MaxIterations = 200_000;

    private const string NoBinding = "n,,";

    private readonly string _nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
    private byte[] _serverSignature = [];

    private string Bare => $"n=,r={_nonce}";

    public byte[] First() => Encoding.ASCII.GetBytes(NoBinding + Bare);

    /// <param name="serverFirst">A nonce that begins with ours, a salt, and the number of iterations.</param>
    /// <exception cref="MalformedException">It is malformed.</exception>
    public byte[] Final(string serverFirst)
    {
        var parts = serverFirst.Split(',');
        var salt = new byte[serverFirst.Length];
        if (parts is not [['r', '=', .. var nonce], ['s', '=', .. var text], ['i', '=', .. var count], ..]
            || !nonce.StartsWith(_nonce, StringComparison.Ordinal) || nonce.Length == _nonce.Length
            || !Convert.TryFromBase64String(text, salt, out var length)
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is < 1 or > MaxIterations)
        {
            throw new MalformedException("the server sent a SCRAM challenge that is malformed or needs too many iterations");
        }

        var salted = Rfc2898DeriveBytes.Pbkdf2(password.Bytes.Span, salt.AsSpan(0, length), iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var withoutProof = $"c={Convert.ToBase64String(Encoding.ASCII.GetBytes(NoBinding))},r={nonce}";
        var signed = Encoding.ASCII.GetBytes($"{Bare},{serverFirst},{withoutProof}");
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return Encoding.ASCII.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <exception cref="MalformedException">The server does not know the password.</exception>
    public void Check(string serverFinal)
    {
        if (_serverSignature.Length == 0 || serverFinal.Split(',')[0] != $"v={Convert.ToBase64String(_serverSignature)}")
            throw new MalformedException("the server did not prove that it knows the password");
    }
}
