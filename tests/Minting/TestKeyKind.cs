using System.Security.Cryptography;

namespace MtlsProbe.Minting;

/// <summary>The kinds of key. RSA keys are created once per size and shared, unless the name says otherwise, because they are slow to create.</summary>
internal sealed record TestKeyKind(Func<AsymmetricAlgorithm> Create)
{
    public static readonly TestKeyKind EcP256 = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256));
    public static readonly TestKeyKind EcP384 = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP384));
    public static readonly TestKeyKind EcP192 = new(() => ECDsa.Create(ECCurve.CreateFromValue("1.2.840.10045.3.1.1")));
    public static readonly TestKeyKind Rsa1024 = Shared(1024);
    public static readonly TestKeyKind Rsa2048 = Shared(2048);

    /// <summary>For certificates that must look realistic.</summary>
    public static readonly TestKeyKind OwnRsa2048 = new(() => RSA.Create(2048));

    private static TestKeyKind Shared(int bits)
    {
        var key = new Lazy<RSA>(() => RSA.Create(bits));
        return new TestKeyKind(() => key.Value);
    }
}
