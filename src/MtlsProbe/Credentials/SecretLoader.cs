using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>From a file to the password in it.</summary>
internal static class SecretLoader
{
    /// <summary>The content of the file without the final line end.</summary>
    public static Material<Secret> Decode(string path, MaterialFiles files)
    {
        if (files.Fault(path) is { } missing) return new(null, missing);
        var bytes = files.Bytes(path);
        if (bytes is [.., (byte)'\n']) bytes = bytes[..^1];
        if (bytes is [.., (byte)'\r']) bytes = bytes[..^1];
        if (bytes.IsEmpty) return Broken("is empty");
        if (bytes.Length > Secret.MaxLength) return Broken($"is too long for a password: {Secret.MaxLength} bytes at most");
        return bytes.ContainsAnyInRange((byte)0, (byte)0x1f) ? Broken("contains more than one line, or a control character") : new(new Secret(bytes.ToArray()), null);

        Material<Secret> Broken(string problem) => new(null, new MaterialFault(Reasons.BadFormat, $"{path} {problem}"));
    }
}

/// <summary>A password as its file delivered it; both set: as in <see cref="LoadedCredential"/>.</summary>
internal sealed record LoadedSecret(Secret? Secret, MaterialFault? Fault);

/// <summary>The password in a file, from memory, without waiting.</summary>
internal delegate LoadedSecret SecretLookup(string path);
