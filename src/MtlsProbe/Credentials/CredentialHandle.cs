using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>A handle on one credential, which a probe carries: it returns the current credential at any time.</summary>
internal sealed class CredentialHandle(Func<LoadedCredential> now)
{
    /// <summary>A handle for an optional credential that does not exist: no certificate is presented.</summary>
    public static readonly CredentialHandle Nothing = new(() => new LoadedCredential(null, null));

    /// <summary>From memory, without waiting.</summary>
    public LoadedCredential Now => now();

    /// <summary>Whether there is a credential, usable or not.</summary>
    public bool IsStaged => Now is not (null, null);

    public static CredentialHandle Of(Held<Credential> held) => new(() =>
    {
        var (good, fault) = held.Current;
        return new LoadedCredential(good, fault);
    });

    public static CredentialHandle Broken(MaterialFault fault) => new(() => new LoadedCredential(null, fault));
}

/// <summary>The handle on a credential of a configuration; <see cref="CredentialHandle.Nothing"/> for a slot that is not staged.</summary>
internal delegate CredentialHandle CredentialLookup(string identity, Slot slot);
