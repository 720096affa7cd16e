using System.Security.Cryptography.X509Certificates;

namespace MtlsProbe.EndToEnd.Pki;

/// <summary>The content of the run's certificates unless a test changes it. Their dates count from the moment of use.</summary>
internal static class Template
{
    public static TestTemplate Server(string commonName) =>
        Leaf(TestTemplate.Server(commonName), commonName) with { Dns = ["server.test", "other.server.test"] };

    public static TestTemplate Client(string commonName) => Leaf(TestTemplate.Client(commonName), commonName);

    public static TestTemplate Authority(string commonName) => TestTemplate.Authority(commonName) with
    {
        Subject = Subject(commonName),
        NotBefore = DateTimeOffset.UtcNow.AddYears(-1),
        NotAfter = DateTimeOffset.UtcNow.AddYears(9),
    };

    public static TestTemplate Rsa(this TestTemplate template) => template with
    {
        KeyKind = TestKeyKind.OwnRsa2048,
        KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment,
    };

    public static TestTemplate Expired(this TestTemplate template) => template with { NotAfter = DateTimeOffset.UtcNow.AddDays(-1) };

    public static TestTemplate NotYetValid(this TestTemplate template) => template with { NotBefore = DateTimeOffset.UtcNow.AddDays(2) };

    private static TestTemplate Leaf(TestTemplate template, string commonName) => template with
    {
        Subject = Subject(commonName),
        NotBefore = DateTimeOffset.UtcNow.AddDays(-30),
        NotAfter = DateTimeOffset.UtcNow.AddDays(60),
    };

    private static string Subject(string commonName) => $"CN={commonName}, O=MtlsProbe tests";
}
