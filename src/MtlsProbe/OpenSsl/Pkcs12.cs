using MtlsProbe.Model;
using MtlsProbe.Values;
using static MtlsProbe.OpenSsl.LibCrypto;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// The content of a PKCS#12 file (RFC 7292), or why it cannot be read. If there are several private keys, the first one in the order of the file that
/// has its certificate there; if none has, the first one.
/// </summary>
/// <param name="Leaf">DER of the certificate that belongs to the key; null if there is none.</param>
/// <param name="Others">DER of the other certificates; their order has no meaning.</param>
/// <param name="Fault">A reason of <see cref="FailureClass.Identity"/>; null on success.</param>
/// <param name="Detail">Continues a sentence that begins with the file's name; null on success.</param>
internal sealed record Pkcs12(
    PrivateKey? Key, ReadOnlyMemory<byte>? Leaf, ValueList<ReadOnlyMemory<byte>> Others, Reason? Fault, string? Detail)
{
    /// <summary>How many private keys the file holds.</summary>
    public int KeyCount { get; private init; }

    /// <summary>Entries that are neither private keys nor certificates.</summary>
    public int OtherCount { get; private init; }

    /// <summary>Reads the bytes of a file. Deriving the key from the passphrase takes milliseconds to seconds, depending on the file.</summary>
    /// <param name="passphrase">Empty: none.</param>
    public static unsafe Pkcs12 Read(ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase) =>
        Read(der, passphrase, Choose, "is not a PKCS#12 file with a private key, or is damaged");

    /// <summary>The certificates in the order of the file, as <see cref="Others"/>, and the number of its keys, none of which is opened.</summary>
    /// <param name="passphrase">Empty: none.</param>
    public static unsafe Pkcs12 ReadAll(ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase) =>
        Read(der, passphrase, static (bags, _, _) => new Pkcs12(null, null, [.. bags.Certificates], null, null) { KeyCount = bags.KeyCount }, "is not a PKCS#12 file, or is damaged");

    /// <param name="take">Selects from the bags; null if they do not contain it.</param>
    /// <param name="noneSuch">The problem of a file without it.</param>
    private static Pkcs12 Read(ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase, Take take, string noneSuch)
    {
        var protection = PasswordProtection.OfPkcs12(der);
        if (protection.Iterations > PasswordProtection.MaxIterations) return Failed(Reasons.BadFormat, protection.Problem()!);
        var content = Parse(der, passphrase, take, out var hasMac, out var errors);
        if (content is null && errors.Unsupported && LegacyProvider.Load()) content = Parse(der, passphrase, take, out hasMac, out errors);
        if (content is not null) return content;
        if (errors.TooCostly) return Failed(Reasons.BadFormat, "has keys that require too many iterations of key derivation: write it again with fewer, such as openssl's default");
        if (protection.Problem() is { } notOffered) return Failed(Reasons.BadFormat, notOffered);
        if (errors.Unsupported) return Failed(Reasons.BadFormat, LegacyProvider.Advice);
        if (hasMac is false && (errors.Undecipherable || !passphrase.IsEmpty))
            return Failed(Reasons.BadFormat, "has no MAC, which OpenSSL requires: export it without -nomac");
        if (!errors.Undecipherable) return Failed(Reasons.BadFormat, noneSuch);
        return Failed(
            Reasons.WrongPassphrase, passphrase.IsEmpty ? "is encrypted, and no passphrase is given" : "cannot be decrypted with the passphrase");
    }

    private unsafe delegate Pkcs12? Take(Pkcs12Bags bags, byte* secret, int length);

    private static Pkcs12 Failed(Reason reason, string detail) => new(null, null, [], reason, detail);

    /// <param name="hasMac">Null if it is not a PKCS#12 file.</param>
    private static unsafe Pkcs12? Parse(ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase, Take take, out bool? hasMac, out ErrorQueue errors)
    {
        ERR_clear_error();
        nint file;
        fixed (byte* bytes = der)
        {
            var cursor = bytes;
            file = d2i_PKCS12(null, &cursor, der.Length);
        }

        hasMac = file == 0 ? null : PKCS12_mac_present(file) == 1;
        if (file == 0)
        {
            errors = ErrorQueue.Drain();
            return null;
        }

        Pkcs12? content = null;
        var (isOpen, isRefused, isTooCostly, empty) = (false, false, false, (byte)0);
        fixed (byte* given = passphrase)
        {
            // No passphrase and an empty one are not the same (RFC 7292 §B.1); programs write both.
            var secret = given;
            isOpen = passphrase.IsEmpty && hasMac is false || PKCS12_verify_mac(file, secret, passphrase.Length) == 1;
            if (!isOpen && passphrase.IsEmpty) isOpen = PKCS12_verify_mac(file, secret = &empty, 0) == 1;
            isRefused = !isOpen && ERR_peek_error() == 0; // libcrypto reports no error for another MAC algorithm
            using var bags = isOpen ? Pkcs12Bags.Open(file, secret, passphrase.Length) : null;
            isTooCostly = bags?.Iterations > PasswordProtection.MaxIterations;
            if (bags is not null && !isTooCostly) content = take(bags, secret, passphrase.Length);
        }

        PKCS12_free(file);
        errors = ErrorQueue.Drain() with { TooCostly = isTooCostly };
        if (isRefused) errors = errors with { Undecipherable = true };
        return content;
    }

    /// <summary>Opens keys in the order of the file, until one fits.</summary>
    private static unsafe Pkcs12? Choose(Pkcs12Bags bags, byte* secret, int length)
    {
        if (bags.KeyCount == 0) return null;
        PrivateKey? first = null;
        for (var i = 0; i < bags.KeyCount; i++)
        {
            if (bags.Key(i, secret, length) is not { } key)
            {
                first?.Dispose();
                return null;
            }

            for (var leaf = 0; leaf < bags.Certificates.Count; leaf++)
            {
                if (!key.Matches(bags.Certificates[leaf].Span)) continue;
                first?.Dispose();
                return Of(bags, key, leaf);
            }

            if (first is null) first = key;
            else key.Dispose();
        }

        return Of(bags, first!, null);
    }

    private static Pkcs12 Of(Pkcs12Bags bags, PrivateKey key, int? leaf) =>
        new(key, leaf is { } index ? bags.Certificates[index] : default(ReadOnlyMemory<byte>?), [.. bags.Certificates.Where((_, i) => i != leaf)], null, null)
        {
            KeyCount = bags.KeyCount,
            OtherCount = bags.OtherCount,
        };
}
