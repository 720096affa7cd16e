using System.Globalization;
using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Demo;

/// <summary>
/// The files of the demo: its configuration, the root, client credentials and issued certificates. With them, the demo runs from a configuration like
/// any other, and <c>probe</c> can use the same files. They are in a directory that only this user can enter, and are deleted when the demo ends.
/// </summary>
internal sealed class DemoFiles : IDisposable
{
    public const string Checkout = "checkout";
    public const string CheckoutExpired = "checkout-expired";
    public const string CheckoutRevoked = "checkout-revoked";

    /// <summary>The trust bundle of most targets.</summary>
    public const string Trust = "demo";

    /// <summary>The same, with a revocation list that expires soon.</summary>
    public const string TrustEnding = "demo-list-ends-soon";

    /// <summary>Another service, with a certificate from the same authority as <see cref="Checkout"/>.</summary>
    public const string Audit = "audit";

    /// <summary>The identity that is rotated.</summary>
    public const string Rollout = "rollout";

    /// <summary>The credential that <see cref="Rollout"/> had before.</summary>
    public const string RolloutRetired = "rollout-retired";

    /// <summary>The identity from the Workload API, and the trust bundle of its trust domain.</summary>
    public const string Mesh = "mesh";

    /// <summary>The interval of every target.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("mtlsprobe-demo-"); // mode 0700

    public string Directory => _directory.FullName;

    public string Configuration => PathOf("mtlsprobe.yml");

    public string Root => PathOf("root.crt");

    public string Certificate => PathOf(Checkout + ".crt");

    public string Key => PathOf(Checkout + ".key");

    /// <summary>The socket of the mesh's Workload API.</summary>
    /// <exception cref="IOException">The path is not usable for a socket.</exception>
    public SpiffeEndpoint WorkloadApi =>
        SpiffeEndpoint.TryParse($"unix://{PathOf("agent.sock")}", out var problem) ?? throw new IOException($"{PathOf("agent.sock")} {problem}");

    /// <summary>The slot <c>current</c> of <see cref="Rollout"/>.</summary>
    public SecretVolume RolloutCurrent => field ??= new SecretVolume(PathOf(Rollout));

    /// <summary>The slot <c>next</c> of <see cref="Rollout"/>; empty until it is staged.</summary>
    public SecretVolume RolloutNext => field ??= new SecretVolume(PathOf(Rollout + "-next"));

    public void Write(DemoPki pki, IEnumerable<(DemoTarget Target, HostPort Address)> targets)
    {
        File.WriteAllText(Root, pki.Root.CertificatePem);
        WriteCredential(Checkout, pki.Clients.IssueClient("checkout", pki.Valid), pki.Clients);
        WriteCredential(CheckoutExpired, pki.Clients.IssueClient("checkout", pki.Past), pki.Clients);
        WriteCredential(Audit, pki.Clients.IssueClient(Audit, pki.Valid), pki.Clients);
        WriteCredential(CheckoutRevoked, pki.RevokedClient, pki.Clients);
        File.WriteAllText(PathOf("demo.crl"), string.Concat(pki.Lists.Select(DemoRevocation.ListPem)));
        File.WriteAllText(PathOf("ending.crl"), DemoRevocation.ListPem(pki.EndingList));
        var rollout = pki.OldClients.IssueClient(Rollout, pki.Aged);
        RolloutCurrent.Write(rollout);
        WriteCredential(RolloutRetired, rollout);
        foreach (var (target, _) in targets)
        {
            if (target.Issued is { } issued) File.WriteAllText(PathOf(IssuedFile(target)), issued.CertificatePem);
        }

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
            // Someone else has deleted the directory, or it is in use: nothing depends on it.
        }
    }

    /// <summary>Writes a private key that only this user can read.</summary>
    internal static void WriteKey(string path, MintedCertificate leaf)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(leaf.KeyPem);
    }

    private string ConfigurationText(IEnumerable<(DemoTarget Target, HostPort Address)> targets)
    {
        var api = $"'{WorkloadApi.ToString().Replace("'", "''", StringComparison.Ordinal)}'";
        var text = new StringBuilder($$"""
            # Written by `mtlsprobe demo`; deleted when the demo ends.
            defaults:
              interval: {{Interval.TotalSeconds:0}}s
              timeout: 3s
              trust: {{Trust}}
            identities:
              {{Checkout}}: { current: { certificate: {{Checkout}}.crt, key: {{Checkout}}.key } }
              {{CheckoutExpired}}: { current: { certificate: {{CheckoutExpired}}.crt, key: {{CheckoutExpired}}.key } }
              {{CheckoutRevoked}}: { current: { certificate: {{CheckoutRevoked}}.crt, key: {{CheckoutRevoked}}.key } }
              {{Rollout}}:
                current: { directory: {{Rollout}} }
                next: { directory: {{Rollout}}-next }  # appears when it is staged
              {{RolloutRetired}}: { current: { certificate: {{RolloutRetired}}.crt, key: {{RolloutRetired}}.key } }
              {{Audit}}: { current: { certificate: {{Audit}}.crt, key: {{Audit}}.key } }
              {{Mesh}}: { current: { spiffe: { id: "{{DemoMesh.Client}}", socket: {{api}} } } }
            trust:
              {{Trust}}: { files: [root.crt], revocation: { crl: [demo.crl] } }
              {{TrustEnding}}: { files: [root.crt], revocation: { crl: [ending.crl] } }
              {{Mesh}}: { spiffe: { trust_domain: {{DemoMesh.TrustDomain.TrustDomain}}, socket: {{api}} } }
            inventory:
              - { name: demo, files: ["*.crt", "*/tls.crt"] }  # the certificates in this directory, served or not
            targets:

            """);
        foreach (var (target, address) in targets)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                  - name: {target.Name}  # {target.Story}
                    address: {address}
                    {(target.ServerId is { } id ? $"server_id: {id}" : $"server_name: {target.ServerName}")}
                    protocol: {target.Protocol.Name}
                    identity: {target.Identity}

                """);
            if (target.Trust != Trust) text.Append(CultureInfo.InvariantCulture, $"    trust: {target.Trust}\n");
            if (target.Accepts.Count > 0) text.Append(CultureInfo.InvariantCulture, $"    accepts: [{string.Join(", ", target.Accepts)}]\n");
            if (target.RefusesOthers) text.Append("    must_reject: others\n");
            else if (target.MustReject.Count > 0) text.Append(CultureInfo.InvariantCulture, $"    must_reject: [{string.Join(", ", target.MustReject.Select(refusal => refusal.Identity))}]\n");
            if (target.Issued is not null) text.Append(CultureInfo.InvariantCulture, $"    expect: {{ server_certificate: {IssuedFile(target)} }}\n");
        }

        return text.ToString();
    }

    private static string IssuedFile(DemoTarget target) => target.Name + ".crt";

    private void WriteCredential(string name, MintedCertificate leaf, MintedCertificate? intermediate = null)
    {
        File.WriteAllText(PathOf(name + ".crt"), leaf.CertificatePem + intermediate?.CertificatePem);
        WriteKey(PathOf(name + ".key"), leaf);
    }

    private string PathOf(string file) => Path.Combine(_directory.FullName, file);
}
