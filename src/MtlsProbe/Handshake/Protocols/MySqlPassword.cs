using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// A password in the form that the authentication methods of MySQL and MariaDB require
/// (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_authentication_methods.html). Methods that require plain text
/// get it: it is inside TLS, and sent to a server whose chain is trusted.
/// </summary>
internal static class MySqlPassword
{
    /// <summary>
    /// A method that is used only if an account requires the password in plain text: for an account with another method, the server names that one,
    /// with its own challenge.
    /// </summary>
    public const string Unusual = "mysql_clear_password";

    /// <summary>In bytes, followed by a zero.</summary>
    private const int ChallengeLength = 20;

    /// <summary>The answer; null: the method is not supported, or has no challenge.</summary>
    public static byte[]? Answer(string method, ReadOnlySpan<byte> challenge, Secret password)
    {
        if (method is Unusual or "sha256_password") return Clear(password);
        if (challenge.Length < ChallengeLength) return null;
        var salt = challenge[..ChallengeLength];
        return method switch
        {
            "mysql_native_password" => Native(password.Bytes.Span, salt),
            "caching_sha2_password" => Sha2(password.Bytes.Span, salt),
            _ => null,
        };
    }

    /// <summary>Followed by a zero.</summary>
    public static byte[] Clear(Secret password) => [.. password.Bytes.Span, 0];

    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The method is made of it.")]
    private static byte[] Native(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        var once = SHA1.HashData(password);
        return Xor(once, SHA1.HashData([.. salt, .. SHA1.HashData(once)]));
    }

    private static byte[] Sha2(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        var once = SHA256.HashData(password);
        return Xor(once, SHA256.HashData([.. SHA256.HashData(once), .. salt]));
    }

    private static byte[] Xor(byte[] one, byte[] other)
    {
        for (var i = 0; i < one.Length; i++) one[i] ^= other[i];
        return one;
    }
}
