using System.Globalization;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Demo;

/// <summary>
/// What the demo puts on disk, so that it runs from a configuration like any other and <c>probe</c> can use it from outside: the
/// configuration, the root, two client credentials. In a directory that only this user can enter; gone with the demo.
/// </summary>
internal sealed class DemoFiles : IDisposable
{
    public const string Checkout = "checkout";
    public const string CheckoutExpired = "checkout-expired";

    /// <summary>Of every target.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("mtlsprobe-demo-"); // mode 0700

    public string Directory => _directory.FullName;

    public string Configuration => PathOf("mtlsprobe.yml");

    public string Root => PathOf("root.crt");

    public string Certificate => PathOf(Checkout + ".crt");

    public string Key => PathOf(Checkout + ".key");

    public void Write(DemoPki pki, IEnumerable<(DemoTarget Target, HostPort Address)> targets)
    {
        File.WriteAllText(Root, pki.Root.CertificatePem);
        WriteCredential(Checkout, pki.Clients.IssueClient("checkout", pki.Valid), pki.Clients);
        WriteCredential(CheckoutExpired, pki.Clients.IssueClient("checkout", pki.Past), pki.Clients);
        File.WriteAllText(Configuration, ConfigurationText(targets));
    }

    public void Dispose()
    {
        try
        {
            _directory.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else cleaned up, or has the directory busy: nothing depends on it.
        }
    }

    private static string ConfigurationText(IEnumerable<(DemoTarget Target, HostPort Address)> targets)
    {
        var text = new StringBuilder($$"""
            # Written by `mtlsprobe demo`; it goes away with it.
            defaults:
              interval: {{Interval.TotalSeconds:0}}s
              timeout: 3s
              trust: demo
            identities:
              {{Checkout}}: { current: { certificate: {{Checkout}}.crt, key: {{Checkout}}.key } }
              {{CheckoutExpired}}: { current: { certificate: {{CheckoutExpired}}.crt, key: {{CheckoutExpired}}.key } }
            trust:
              demo: { files: [root.crt] }
            targets:

            """);
        foreach (var (target, address) in targets)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                  - name: {target.Name}  # {target.Story}
                    address: {address}
                    server_name: {target.ServerName}
                    protocol: {target.Protocol.Label()}
                    identity: {target.Identity}

                """);
        }

        return text.ToString();
    }

    private void WriteCredential(string name, DemoCertificate leaf, DemoCertificate intermediate)
    {
        File.WriteAllText(PathOf(name + ".crt"), leaf.CertificatePem + intermediate.CertificatePem);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(PathOf(name + ".key"), options);
        writer.Write(leaf.KeyPem);
    }

    private string PathOf(string file) => Path.Combine(_directory.FullName, file);
}
