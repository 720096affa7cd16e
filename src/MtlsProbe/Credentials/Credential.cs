using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Credentials;

/// <summary>A client credential that can be presented: certificates and the key of the first. Never changes; a renewal makes a new one.</summary>
internal sealed class Credential(ValueList<Certificate> chain, PrivateKey key)
{
    /// <summary>Leaf first, then what is sent with it.</summary>
    public ValueList<Certificate> Chain => chain;

    public Certificate Leaf => chain[0];

    public PrivateKey Key => key;
}
