using System.Security.Cryptography.X509Certificates;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>All faults of this run at targets of its one big exporter. A case has the name of its target.</summary>
internal sealed class ServerCases
{
    private const string Foreign = "wrong_ca";
    private const string Expected = "expected.pem";

    /// <summary>The name of replicas that only the exporter can look up.</summary>
    public const string ReplicaName = "replicas.test";

    public static readonly IReadOnlyList<string> Replicas = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];

    private readonly PkiFiles _files;
    private readonly ClientCheck _check;
    private readonly ClientCheck _foreignCheck;

    private ServerCases(Workspace workspace, PkiFiles files)
    {
        _files = files;
        _check = new ClientCheck(files.Root);
        _foreignCheck = new ClientCheck(workspace.Write("foreign.pem", Authority.Root("Another Root").CertificatePem));
    }

    public static async Task<IReadOnlyList<Case>> All(Workspace workspace, PkiFiles files)
    {
        var cases = new ServerCases(workspace, files);
        await File.WriteAllTextAsync(workspace.PathOf(Expected), await File.ReadAllTextAsync(files.ServerLeaf("good")));
        return [.. cases.Refusals(), .. cases.ServerCertificates(), await cases.Revoked(workspace), .. cases.Staples(workspace), .. cases.Rollouts(workspace), .. cases.Enforcements(), .. cases.Reachability()];
    }

    private IEnumerable<Case> Refusals() =>
    [
        Server("refused-issuer", server => server with { Check = _foreignCheck }, Told.Page("CredentialRefused")),
        Server("refused-revoked", server => server with { Check = _check with { RevocationLists = _files.RevocationLists } }, Told.Page("CredentialRefused")).Showing("revoked"),
        Server("refused-nobody", server => server with { Check = _check }, Told.Page("CredentialRefused")).Showing("none")
            .From(server => server with { Check = _check with { Enforcement = Enforcement.Ignored } }),
    ];

    private IEnumerable<Case> ServerCertificates() =>
    [
        Server("server-expired", server => server with { Certificate = "expired" }, Told.Page("ServerCertificateExpired"))
            .With($"expect: {{ server_certificate: {_files.ServerLeaf("good")} }}") with
            {
                Mutes = [("ServedCertificateUnexpected", "ServerCertificateExpired")],
            },
        Server("server-expires-in-2-days", server => server with { Certificate = Left("two-days", 2) }, Told.Page("ServerCertificateExpiring")) with
        {
            Mutes = [("ServerCertificateExpiring", "ServerCertificateExpiring")],
        },
        Server("server-expires-in-10-days", server => server with { Certificate = Left("ten-days", 10) }, Told.Ticket("ServerCertificateExpiring")),
        Server("server-of-tomorrow", server => server with { Certificate = "not_yet_valid" }, Told.Page("ServerCertificateNotYetValid")),
        Server("server-incomplete", server => server with { Certificate = "incomplete_chain" }, Told.Page("ServerChainIncomplete")),
        Server("server-of-another-name", server => server with { Certificate = "wrong_name" }, Told.Page("ServerCertificateInvalid")),
        Server("server-of-a-stranger", server => server with { Certificate = "untrusted_issuer" }, Told.Page("ServerCertificateInvalid")),
    ];

    private async Task<Case> Revoked(Workspace workspace)
    {
        var server = TestPki.Shared.Servers["good"];
        var (good, revoked) = (await OcspResponse.Sign(workspace, _files, server, revoked: false), await OcspResponse.Sign(workspace, _files, server, revoked: true));
        return Server("server-revoked", endpoint => endpoint with { Stapled = revoked }, Told.Page("ServerCertificateRevoked")).From(endpoint => endpoint with { Stapled = good });
    }

    private IEnumerable<Case> Staples(Workspace workspace)
    {
        var good = TestPki.Shared.Servers["good"];
        var ending = workspace.PathOf("ending.der");
        File.WriteAllBytes(ending, TestOcsp.Response(good.Leaf.Minted, good.Rest[0].Minted, status: 0, made: DateTimeOffset.UtcNow.AddDays(-6), period: TimeSpan.FromDays(7)));
        yield return Server("staple-ends", endpoint => endpoint with { Stapled = ending }, Told.Ticket("StapleExpiring"));

        var mustStaple = new X509Extension("1.3.6.1.5.5.7.1.24", [0x30, 3, 2, 1, 5], critical: false);
        _files.Write(TestPki.Shared.NewServer("must-staple", Template.Server("server") with { More = [mustStaple] }));
        yield return Server("staple-missing", server => server with { Certificate = "must-staple" }, Told.Ticket("StapleMissing"));
    }

    private IEnumerable<Case> Rollouts(Workspace workspace)
    {
        var other = TestPki.Shared.Root.Intermediate("Other Servers").Issue(Template.Server("server"));
        _files.Write(new ServerCredential("other-issuer", other, other.Issuers));
        _files.Write(TestPki.Shared.NewServer("renewed"));
        var issuer = workspace.Write("issuer.pem", TestPki.Shared.Servers["good"].Rest[0].CertificatePem);
        yield return Server("server-of-another-issuer", server => server with { Certificate = "other-issuer" }, Told.Ticket("ServerIssuerUnexpected"))
            .With($"expect: {{ issuer: {issuer} }}");

        var expected = workspace.PathOf(Expected);
        yield return Server("not-served", server => server, Told.Ticket("ServedCertificateUnexpected")).With($"expect: {{ server_certificate: {expected} }}") with
        {
            Break = () => File.WriteAllTextAsync(expected, File.ReadAllText(_files.ServerLeaf("renewed"))),
            Mend = () => File.WriteAllTextAsync(expected, File.ReadAllText(_files.ServerLeaf("good"))),
        };

        var port = Ports.Free();
        yield return new Case("straggler")
        {
            Servers = [.. Replicas.Select(host => new Endpoint("nginx-http", "good", port, "https") { Host = host, Check = _check })],
            Broken = server => server.Host == Replicas[0] ? server : server with { Certificate = "renewed" },
            Target = new TargetEntry("straggler", port) { Host = ReplicaName, Protocol = "https", More = ["addresses: all"] },
            Tells = [Told.Ticket("ReplicasDisagree")("straggler")],
        };
    }

    private IEnumerable<Case> Enforcements() =>
    [
        Server("open", Ignoring, Told.Page("MutualTlsNotEnforced")).With("must_reject: [none]"),
        Server("open-to-strangers", Ignoring, Told.Page("ForbiddenCredentialAccepted")).With($"must_reject: [{Foreign}]"),
        Server("not-asking", server => server with { Check = _check with { Enforcement = Enforcement.Unasked } }, Told.Ticket("ClientCertificateNotRequested")),
    ];

    private IEnumerable<Case> Reachability() =>
    [
        Server("down", server => server with { Face = Face.Closed }, Told.Ticket("TargetUnreachable")),
        Server("plain", server => server with { Face = Face.Plain }, Told.Ticket("HandshakeFailing"), Told.Page("ErrorBudgetBurningFast")),
        Server("failing", server => server with { Status = 503 }, Told.Ticket("ApplicationFailing"), Told.Page("ErrorBudgetBurningFast")).Expecting("[200]"),
    ];

    private Endpoint Ignoring(Endpoint server) => server with { Check = _check with { Enforcement = Enforcement.Ignored } };

    private string Left(string name, int days)
    {
        var now = DateTimeOffset.UtcNow;
        _files.Write(TestPki.Shared.NewServer(name, Template.Server("server") with { NotBefore = now.AddDays(days - 90), NotAfter = now.AddDays(days) }));
        return name;
    }

    private Case Server(string name, Func<Endpoint, Endpoint> broken, params IReadOnlyList<Func<string, Told>> tells)
    {
        var server = Endpoint.Https("nginx-http", "good") with { Check = _check };
        return new Case(name)
        {
            Servers = [server],
            Broken = broken,
            Target = new TargetEntry(name, server.Port) { Protocol = "https" },
            Tells = [.. tells.Select(told => told(name))],
        };
    }
}
