using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// A certificate chain and the private key of its leaf, which are known to belong together. Immutable; compares by reference, so
/// that what is built from it can be cached. The key is released when nobody uses the credential any more.
/// </summary>
/// <param name="chain">Leaf first, then the intermediates as they stand in the file: this is what is sent.</param>
internal sealed class Credential(ValueList<Certificate> chain, PrivateKey key)
{
    public ValueList<Certificate> Chain { get; } = chain;

    public Certificate Leaf => Chain[0];

    public PrivateKey Key { get; } = key;
}
