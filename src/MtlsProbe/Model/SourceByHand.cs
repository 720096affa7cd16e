namespace MtlsProbe.Model;

/// <summary>How a person gets a credential from a source other than files.</summary>
/// <param name="Command">A shell command (POSIX) that writes <paramref name="Files"/> into the current directory. It never contains a secret.</param>
internal sealed record SourceByHand(string Command, CredentialFiles Files);

/// <summary>How a person gets a trust bundle from a source other than files.</summary>
/// <param name="File">A PEM file.</param>
internal sealed record TrustByHand(string Command, string File);
