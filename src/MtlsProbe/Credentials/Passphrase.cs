using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>A passphrase from a file.</summary>
internal static class Passphrase
{
    /// <summary>The line end after the passphrase is not part of it: editors and <c>echo</c> add it.</summary>
    /// <param name="path">Null: there is none, which is not a fault.</param>
    public static bool TryRead(string? path, MaterialFiles files, out ReadOnlySpan<byte> passphrase, out MaterialFault? fault)
    {
        fault = null;
        passphrase = path is null ? [] : files.Bytes(path);
        if (passphrase is [.., (byte)'\n']) passphrase = passphrase[..^1];
        if (passphrase is [.., (byte)'\r']) passphrase = passphrase[..^1];
        if (passphrase.Length > PrivateKey.MaxPassphraseLength)
            fault = new MaterialFault(Reasons.BadFormat, $"{path} is too long for a passphrase: {PrivateKey.MaxPassphraseLength} bytes at most");
        else if (path is not null && passphrase.IsEmpty)
            fault = new MaterialFault(Reasons.WrongPassphrase, $"{path} is empty");
        return fault is null;
    }
}
