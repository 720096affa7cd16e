using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// A certificate chain and the private key of its leaf, which are known to match. Immutable; compared by reference, so that objects built from it can
/// be cached. The key is released when the credential is no longer used.
/// </summary>
/// <param name="chain">Leaf first, then the intermediates in the order of the file, as they are sent.</param>
internal sealed class Credential(ValueList<Certificate> chain, PrivateKey key)
{
    public ValueList<Certificate> Chain { get; } = chain;

    public Certificate Leaf => Chain[0];

    public PrivateKey Key { get; } = key;
}
