using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>Why files of ours cannot be used.</summary>
/// <param name="Reason">A reason of <see cref="FailureClass.Identity"/>.</param>
/// <param name="Detail">A sentence that begins with the file's path; never a secret.</param>
internal sealed record MaterialFault(Reason Reason, string Detail);

/// <summary>
/// A credential as its files give it. Both set: the last good one is in use and the files are broken now. Both null: not staged.
/// </summary>
internal sealed record LoadedCredential(Credential? Credential, MaterialFault? Fault);

/// <summary>A trust bundle as its files give it; both set as in <see cref="LoadedCredential"/>.</summary>
internal sealed record LoadedTrust(TrustBundle? Bundle, MaterialFault? Fault);

/// <summary>What files gave: something good, a fault, both (the last good one), or neither (not staged).</summary>
internal sealed record Material<T>(T? Good, MaterialFault? Fault)
    where T : class;
