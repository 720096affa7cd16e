namespace MtlsProbe.Model;

/// <summary>How a person gets a credential from a source other than files.</summary>
/// <param name="Command">For a POSIX shell: it writes <paramref name="Files"/> into the folder where it runs. Never with a secret in it.</param>
internal sealed record SourceByHand(string Command, CredentialFiles Files);

/// <summary>The same of a trust bundle.</summary>
/// <param name="File">In PEM.</param>
internal sealed record TrustByHand(string Command, string File);
