using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Rotation;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Faults of our own files: each case has its own credential or trust bundle.</summary>
internal sealed class CredentialCases(Workspace workspace, PkiFiles files)
{
    private static readonly Issued Stranger = Authority.Root("Root of Next").Issue(Template.Client("next"));

    /// <summary>All of them, with their files in order.</summary>
    public async Task<IReadOnlyList<Case>> All()
    {
        var cases = Faults();
        foreach (var one in cases) await one.Mend();
        return cases;
    }

    private IReadOnlyList<Case> Faults() =>
    [
        Replaced("credential-expired", TestPki.Shared.Clients["expired"], Told.Page("ClientCertificateExpired")) with
        {
            Mutes = [("CredentialRefused", "ClientCertificateExpired")],
        },
        Replaced("credential-of-tomorrow", TestPki.Shared.Clients["not_yet_valid"], Told.Page("ClientCertificateNotYetValid")) with
        {
            Mutes = [("CredentialRefused", "ClientCertificateNotYetValid")],
        },
        Replaced("credential-of-wrong-usage", TestPki.Shared.Clients["wrong_usage"], Told.Page("CredentialRefused")),
        Replaced("credential-expires-in-2-days", Left(2), Told.Page("ClientCertificateExpiring")) with
        {
            Mutes = [("ClientCertificateExpiring", "ClientCertificateExpiring")],
        },
        Replaced("credential-expires-in-10-days", Left(10), Told.Ticket("ClientCertificateExpiring")),
        Broken("credential-broken"),
        NextRefused("next-refused"),
        Bundle("trust-broken", "no certificate\n", Told.Ticket("TrustFilesBroken")),
        Bundle("trust-anchor-ends", RootOf(30).CertificatePem, Told.Ticket("TrustAnchorExpiring")),
        List("list-ends", TimeSpan.FromHours(6), Told.Ticket("CrlExpiring")),
        List("list-ended", -TimeSpan.FromHours(6), Told.Page("CrlStale")),
    ];

    private Case Replaced(string name, Issued bad, Func<string, Told> told)
    {
        var current = new CredentialFiles(workspace, $"credentials/{name}", CredentialForm.TwoFiles);
        var good = TestPki.Shared.NewClient(name);
        return Using(name, current.Yaml) with { Mend = () => current.Put(good), Break = () => current.Put(bad), Tells = [told(name)] };
    }

    private Case Broken(string name)
    {
        var current = new CredentialFiles(workspace, $"credentials/{name}", CredentialForm.TwoFiles);
        var good = TestPki.Shared.NewClient(name);
        return Using(name, current.Yaml) with
        {
            Mend = () => current.Put(good),
            Break = () => File.WriteAllTextAsync(workspace.PathOf($"credentials/{name}/tls.crt"), "no certificate\n"),
            Tells = [Told.Ticket("CredentialFilesBroken")(name)],
        };
    }

    private Case NextRefused(string name)
    {
        var current = $"{{ certificate: {files.ClientCertificate("good")}, key: {files.ClientKey("good")} }}";
        var next = new CredentialFiles(workspace, $"credentials/{name}/next", CredentialForm.TwoFiles);
        return Using(name, current, next.Yaml) with
        {
            Mend = () =>
            {
                if (Directory.Exists(workspace.PathOf($"credentials/{name}/next"))) next.Remove();
                return Task.CompletedTask;
            },
            Break = () => next.Put(Stranger),
            Tells = [Told.Ticket("NextCredentialRefused")(name)],
        };
    }

    /// <summary>The text replaces a second file of the bundle, which otherwise has an unused anchor.</summary>
    private Case Bundle(string name, string bad, Func<string, Told> told)
    {
        var (server, more) = (Server(), workspace.PathOf($"{name}.pem"));
        var spare = RootOf(3650).CertificatePem;
        return new Case(name)
        {
            Servers = [server],
            Target = new TargetEntry(name, server.Port) { Protocol = "https", More = [$"trust: {name}"] },
            Trust = $"  {name}: {{ files: [{files.Root}, {more}] }}\n",
            Mend = () => File.WriteAllTextAsync(more, spare),
            Break = () => File.WriteAllTextAsync(more, bad),
            Tells = [told(name)],
        };
    }

    /// <summary>
    /// A revocation list whose successor does not arrive. Each list that is written is a day newer than the previous one, because an older one is not
    /// accepted.
    /// </summary>
    /// <param name="left">The time until the bad list expires.</param>
    private Case List(string name, TimeSpan left, Func<string, Told> told)
    {
        var (server, list, issuer) = (Server(), workspace.PathOf($"{name}.crl"), TestPki.Shared.Servers["good"].Rest[0].Minted);
        var number = 0;
        return new Case(name)
        {
            Servers = [server],
            Target = new TargetEntry(name, server.Port) { Protocol = "https", More = [$"trust: {name}"] },
            Trust = $"  {name}: {{ files: [{files.Root}], revocation: {{ crl: [{list}] }} }}\n",
            Mend = () => Write(TimeSpan.FromDays(6)),
            Break = () => Write(left),
            Tells = [told(name)],
        };

        Task Write(TimeSpan until)
        {
            var now = DateTimeOffset.UtcNow;
            number++;
            return File.WriteAllBytesAsync(list, new TestList { Number = number, ThisUpdate = now.AddDays(number - 9), NextUpdate = now + until }.SignedBy(issuer));
        }
    }

    private Case Using(string name, string current, string? next = null)
    {
        var server = Server();
        return new Case(name)
        {
            Servers = [server],
            Target = new TargetEntry(name, server.Port) { Protocol = "https", Identity = name },
            Identities = $"  {name}:\n    current: {current}\n{(next is null ? "" : $"    next: {next}\n")}",
        };
    }

    private Endpoint Server() => Endpoint.Https("nginx-http", "good") with { Check = new ClientCheck(files.Root) };

    private static Issued Left(int days) => TestPki.Shared.NewClient(Template.Client("client") with
    {
        NotBefore = DateTimeOffset.UtcNow.AddDays(days - 90), NotAfter = DateTimeOffset.UtcNow.AddDays(days),
    });

    private static Issued RootOf(int days) => Authority.SelfSigned(Template.Authority("Spare Root") with { NotAfter = DateTimeOffset.UtcNow.AddDays(days) });
}
