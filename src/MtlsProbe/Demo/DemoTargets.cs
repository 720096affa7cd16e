using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using static MtlsProbe.Demo.DemoVerdict;

namespace MtlsProbe.Demo;

/// <summary>What the demo shows: every kind of verdict, each by a server that really behaves this way.</summary>
internal sealed class DemoTargets(DemoPki pki)
{
    /// <summary>The response of nginx to a client certificate that it does not accept.</summary>
    private const string NginxRefusal =
        "<html>\r\n<head><title>400 The SSL certificate error</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n" +
        "<center>The SSL certificate error</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

    private static readonly IReadOnlyList<DemoRefusal> s_enforced = [new(Identity.None, Refused)];

    private static readonly Behaviour Welcome = Behaviours.AnswerHttp(200, "OK", "welcome\n");

    public IReadOnlyList<DemoTarget> All() => [.. Healthy(), .. Deceptive(), .. Untrusted(), .. Refusing(), .. Services(), .. Mesh(), .. Unreachable(), .. Rotation()];

    private IEnumerable<DemoTarget> Healthy()
    {
        yield return Server("healthy", "all in order, TLS 1.3", Accepted);
        yield return Server("healthy-tls12", "all in order, TLS 1.2", Accepted, tls => tls with { MaxVersion = TlsVersion.Tls12 }) with
        {
            Accepts = [DemoFiles.Audit],
            MustReject = s_enforced,
        };
        yield return Server("healthy-revocation", "in order; refuses revoked certificates", Accepted, Checking) with
        {
            MustReject = [new DemoRefusal(DemoFiles.CheckoutRevoked, Refused)],
        };
        yield return Server("healthy-no-http", "in order; judged by the handshake alone", Accepted) with
        {
            MustReject = s_enforced,
            Protocol = new Tls(),
            Behaviour = Behaviours.CloseWithClient,
        };
        yield return Server("rotating", "in order; a new certificate every minute", Accepted) with
        {
            Renew = () => Parameters([Leaf("rotating", pki.Valid), pki.Servers]),
        };
        yield return Server("expires-soon", "its certificate expires in 6 days", Accepted,
            [Leaf("expires-soon", pki.For(TimeSpan.FromDays(6) + TimeSpan.FromMinutes(30))), pki.Servers]);
    }

    /// <summary>Servers that work for every client, although something is wrong.</summary>
    private IEnumerable<DemoTarget> Deceptive()
    {
        yield return Server("not-enforcing", "accepts everyone, asks for no certificate", new(Outcome.Accepted, Reasons.NotRequested),
            tls => tls with { ClientAuthentication = ClientAuthentication.None }) with
        {
            MustReject = [new DemoRefusal(Identity.None, NotRefused)],
        };
        yield return Server("lets-in-others", "accepts a caller that is not allowed", Accepted, Checking) with
        {
            RefusesOthers = true,
            MustReject =
            [
                .. s_enforced,
                .. new[] { DemoFiles.CheckoutExpired, DemoFiles.CheckoutRevoked, DemoFiles.Rollout, DemoFiles.RolloutRetired }.Select(identity => new DemoRefusal(identity, Refused)),
                new DemoRefusal(DemoFiles.Audit, NotRefused),
                new DemoRefusal(DemoFiles.Mesh, Refused),
            ],
        };
        yield return Server("clock-ahead", "in order, but its clock is 2 hours ahead", Accepted) with
        {
            Behaviour = Behaviours.AnswerHttp(200, "OK", "welcome\n", () => pki.Ahead(TimeSpan.FromHours(2))),
        };
        yield return Server("half-rotated", "two replicas, one with the old certificate", Accepted) with
        {
            Replicas = [Parameters([Leaf("half-rotated", pki.Valid), pki.Servers])],
        };
        yield return Server("served-is-not-issued", "has a new certificate but serves the old", new(Outcome.Accepted, Reasons.NotExpected),
            [Leaf("served-is-not-issued", pki.Aged), pki.Servers]) with
        {
            Issued = Leaf("served-is-not-issued", pki.Valid),
        };
        var stapled = Leaf("staple-ends-soon", pki.Valid);
        yield return Server("staple-ends-soon", "does not renew its stapled OCSP response", Accepted, [stapled, pki.Servers],
            tls => tls with { Stapled = pki.Servers.Staple(stapled, pki.Around(TimeSpan.FromDays(7), left: TimeSpan.FromHours(3))) });
        yield return Server("list-ends-soon", "its revocation list expires soon", Accepted) with { Trust = DemoFiles.TrustEnding };
        yield return Server("revocation-ignored", "accepts a certificate that was revoked", Accepted) with
        {
            MustReject = [new DemoRefusal(DemoFiles.CheckoutRevoked, NotRefused)],
        };
        yield return Server("staple-missing", "promises a stapled response and sends none", Accepted,
            [pki.Servers.IssueMustStaple(DemoTarget.NameOf("staple-missing"), pki.Valid), pki.Servers]);
    }

    private IEnumerable<DemoTarget> Untrusted()
    {
        yield return Server("server-expired", "its certificate expired 2 days ago", Failed(Reasons.Expired),
            [Leaf("server-expired", pki.Past), pki.Servers]);
        yield return Server("server-wrong-name", "its certificate is for another name", Failed(Reasons.NameMismatch),
            [Leaf("another", pki.Valid), pki.Servers]);
        yield return Server("server-self-signed", "its certificate is self-signed", Failed(Reasons.SelfSigned),
            [DemoCertificates.SelfSigned(DemoTarget.NameOf("server-self-signed"), pki.Valid)]);
        yield return Server("server-no-intermediate", "does not send the intermediate certificate", Failed(Reasons.IncompleteChain),
            [Leaf("server-no-intermediate", pki.Valid)]);
        yield return Server("server-foreign-issuer", "its chain ends in a root we do not trust", Failed(Reasons.UntrustedIssuer),
            [pki.ForeignServers.IssueServer(DemoTarget.NameOf("server-foreign-issuer"), pki.Valid), pki.ForeignServers, pki.ForeignRoot]);
        yield return Server("server-revoked", "its certificate is on a revocation list", Failed(Reasons.Revoked), [pki.RevokedServer, pki.Servers]);
        yield return Server("server-weak-key", "its certificate has an RSA key of 1024 bits", Failed(Reasons.Weak),
            [pki.Servers.IssueServer(DemoTarget.NameOf("server-weak-key"), pki.Valid, rsaBits: 1024), pki.Servers]);
    }

    private IEnumerable<DemoTarget> Refusing()
    {
        yield return Server("refuses-unknown-ca", "trusts clients of another authority", Rejected(Reasons.UnknownCa, 48),
            tls => tls with { ClientAnchors = [pki.ForeignRoot.Der] });
        yield return Server("refuses-expired", "our certificate expired 2 days ago", Rejected(Reasons.CertificateExpired, 45)) with
        {
            Identity = DemoFiles.CheckoutExpired,
        };
        yield return Server("refuses-revoked", "our certificate is on its revocation list", Rejected(Reasons.CertificateRevoked, 44), Checking) with
        {
            Identity = DemoFiles.CheckoutRevoked,
        };
        yield return Server("refuses-none", "demands a certificate, we present none", Rejected(Reasons.CertificateRequired, 116)) with
        {
            Identity = Identity.None,
        };
        yield return Server("refuses-silently", "closes after our certificate, no alert", Rejected(Reasons.ClosedWithoutAlert),
            tls => tls with { ClientAuthentication = ClientAuthentication.Unverified }) with
        {
            Behaviour = Behaviours.CloseAfterHandshake,
        };
        yield return Server("refuses-403", "HTTP says 403 after the handshake", Rejected(Reasons.ClientHttpStatus)) with
        {
            Behaviour = Behaviours.AnswerHttp(403, "Forbidden", "this client certificate has no access\n"),
        };
        yield return Server("refuses-nginx", "HTTP says 400 after the handshake, as nginx", Rejected(Reasons.ClientHttpStatus)) with
        {
            Behaviour = Behaviours.AnswerHttp(400, "Bad Request", NginxRefusal),
        };
    }

    /// <summary>Protocols other than HTTP: one server that accepts us, and one that refuses in its own protocol.</summary>
    private IEnumerable<DemoTarget> Services()
    {
        foreach (var (name, protocol, behaviour, refusal) in (IEnumerable<(string, Protocol, Func<bool, Behaviour>, string)>)
        [
            ("postgres", Postgres.Grammar.Plain, ServiceBehaviours.Postgres, "PostgreSQL: not the user's certificate"),
            ("mqtt", Mqtt.Grammar.Plain, ServiceBehaviours.Mqtt, "MQTT: not authorized"),
            ("smtp", Smtp.Grammar.Plain, ServiceBehaviours.Smtp, "SMTP: 421 after STARTTLS, as Postfix"),
            ("grpc", Grpc.Grammar.Plain, GrpcBehaviour.HealthCheck, "gRPC: permission denied"),
        ])
        {
            yield return Server($"healthy-{name}", $"in order; speaks {protocol.Name}", Accepted, Speaking(protocol)) with { Protocol = protocol, Behaviour = behaviour(false), MustReject = s_enforced };
            yield return Server($"refuses-{name}", refusal, Rejected(Reasons.RefusedByProtocol), Speaking(protocol)) with { Protocol = protocol, Behaviour = behaviour(true) };
        }
    }

    /// <summary>A server that supports the ALPN protocols that its protocol offers.</summary>
    private static Func<ServerParameters, ServerParameters> Speaking(Protocol protocol) => tls => tls with { AgreesToHttp2 = protocol.Alpn.Contains("h2") };

    /// <summary>Servers of a trust domain. Their SVIDs are renewed, and they accept every client with an SVID of the domain.</summary>
    private IEnumerable<DemoTarget> Mesh()
    {
        yield return Workload("mesh-payments", "in order; an SVID of two minutes", Accepted, DemoMesh.Payments) with { MustReject = s_enforced };
        yield return Workload("mesh-orders", "in order; refuses clients outside the mesh", Accepted, DemoMesh.Orders) with
        {
            MustReject = [new DemoRefusal(DemoFiles.Checkout, Refused)],
        };
        yield return Workload("mesh-wrong-id", "another workload answers in its place", Failed(Reasons.IdMismatch), DemoMesh.Orders) with { ServerId = DemoMesh.Ledger };
    }

    private static IEnumerable<DemoTarget> Unreachable()
    {
        yield return new DemoTarget("plain-http", "speaks HTTP without TLS", Failed(Reasons.NotTls))
        {
            Behaviour = Behaviours.AnswerPlain(Behaviours.HttpAnswer(400, "Bad Request", "")),
        };
        yield return new DemoTarget("nothing-listens", "no server on this port", Failed(Reasons.ConnectionRefused));
        yield return new DemoTarget("black-hole", "accepts the connection and stays silent", Failed(Reasons.HandshakeTimeout))
        {
            Behaviour = Behaviours.Silence,
        };
    }

    /// <summary>The servers of <see cref="DemoRotation"/> in their initial state.</summary>
    private IEnumerable<DemoTarget> Rotation() => DemoRollout.Servers.Select(name =>
        Server(name, "its clients get a new certificate", Accepted, tls => tls with { ClientAnchors = [pki.OldClients.Der] }) with
        {
            Identity = DemoFiles.Rollout,
            MustReject = [new DemoRefusal(DemoFiles.RolloutRetired, NotRefused)],
        });

    /// <summary>A server that checks the revocation list of its clients' authority.</summary>
    private ServerParameters Checking(ServerParameters tls) => tls with { RevocationLists = [pki.ClientsList] };

    /// <summary>A server with a valid certificate, and one change.</summary>
    private DemoTarget Server(string name, string story, DemoVerdict verdict, Func<ServerParameters, ServerParameters>? change = null)
    {
        var tls = Parameters([Leaf(name, pki.Valid), pki.Servers]);
        return new DemoTarget(name, story, verdict) { Tls = change is null ? tls : change(tls), Behaviour = Welcome };
    }

    /// <summary>A server that presents this chain.</summary>
    private DemoTarget Server(
        string name, string story, DemoVerdict verdict, IReadOnlyList<MintedCertificate> chain, Func<ServerParameters, ServerParameters>? change = null)
    {
        var tls = Parameters(chain);
        return new(name, story, verdict) { Tls = change is null ? tls : change(tls), Behaviour = Welcome };
    }

    /// <summary>A server with an SVID of this ID, which is also the expected ID.</summary>
    private DemoTarget Workload(string name, string story, DemoVerdict verdict, SpiffeId id)
    {
        return new(name, story, verdict) { Tls = Renewed(), Behaviour = Welcome, Identity = DemoFiles.Mesh, Trust = DemoFiles.Mesh, ServerId = id, Renew = Renewed };

        ServerParameters Renewed() => Parameters([pki.Mesh.IssueSvid(id, pki.Brief)]) with { ClientAnchors = [pki.Mesh.Der] };
    }

    private MintedCertificate Leaf(string target, ValidityPeriod validity) => pki.Servers.IssueServer(DemoTarget.NameOf(target), validity);

    /// <summary>A server that requires a client certificate from our authority.</summary>
    private ServerParameters Parameters(IReadOnlyList<MintedCertificate> chain) => new()
    {
        Chain = [.. chain.Select(certificate => certificate.Der)],
        Key = PrivateKey.Of(chain[0].Key),
        AllowWeak = true,
        ClientAuthentication = ClientAuthentication.Required,
        ClientAnchors = [pki.Root.Der],
    };
}
