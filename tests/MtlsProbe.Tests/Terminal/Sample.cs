using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Terminal;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Terminal;

/// <summary>Results as from a prober, without a prober.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = new(2026, 11, 20, 18, 0, 0, TimeSpan.Zero);

    public static readonly Certificate Root = Named("CN=Internal Root, O=Acme", "CN=Internal Root, O=Acme", "01", days: 2900);

    public static readonly Certificate Issuing = Named("CN=Issuing CA 1, O=Acme", "CN=Internal Root, O=Acme", "0a77", days: 400);

    public static readonly Certificate Leaf = Named("CN=payments.internal", "CN=Issuing CA 1, O=Acme", "4e1f00d2", days: 41) with
    {
        DnsNames = ["payments.internal", "payments"],
        IpAddresses = ["10.0.0.7"],
    };

    public static readonly Certificate Client = Named("CN=checkout", "CN=Clients CA", "5c0ffee5", days: 9);

    /// <summary>Everything is as expected: the starting point of the others.</summary>
    public static ProbeResult Accepted { get; } = new()
    {
        Target = "payments",
        Address = "payments.internal:8443",
        Remote = "10.0.0.7:8443",
        Identity = "checkout",
        Slot = Slot.Current,
        Expect = Expectation.Accept,
        At = Now.AddSeconds(-1),
        Outcome = Outcome.Accepted,
        Success = true,
        Evidence = Evidence.HttpStatus,
        Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", "http/1.1"),
        ClientCertificate = new ClientCertificateFacts
        {
            Requested = true,
            Presented = Client,
            AcceptableIssuers = ["CN=Partners CA", "CN=Clients CA"],
            IssuerAcceptable = true,
        },
        ServerCertificates = [Leaf, Issuing],
        Chain = new ChainVerdict { Path = [Leaf, Issuing, Root] },
        Timings = new Timings { Dns = 0.0012, Connect = 0.0008, Handshake = 0.0042, Application = 0.0123, Total = 0.0185 },
    };

    /// <summary>A client without a certificate, refused as it must be.</summary>
    public static ProbeResult KeptOut { get; } = Accepted with { Identity = Identity.None, Expect = Expectation.Reject, Outcome = Outcome.Rejected, Evidence = Evidence.Alert };

    /// <summary>The same, let in.</summary>
    public static ProbeResult LetIn { get; } = KeptOut with
    {
        Outcome = Outcome.Accepted,
        Success = false,
        Evidence = Evidence.HttpStatus,
        Failure = new Failure(Phase.Confirm, Reasons.NotRefused, null, "the server asked for a client certificate, was shown none and let us in"),
    };

    /// <summary>The next credential, refused with an alert.</summary>
    public static ProbeResult RefusedNext { get; } = Accepted with
    {
        Slot = Slot.Next,
        Outcome = Outcome.Rejected,
        Success = false,
        Evidence = Evidence.Alert,
        Failure = new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), "the server sent the alert unknown_ca (48)"),
    };

    /// <summary>A probe that ended in <paramref name="phase"/> before it saw a certificate.</summary>
    public static ProbeResult Failed(Phase phase, Reason reason, string detail, Timings timings) => Accepted with
    {
        Outcome = Outcome.Failed,
        Success = false,
        Failure = new Failure(phase, reason, null, detail),
        Remote = phase < Phase.Handshake ? null : Accepted.Remote,
        Evidence = null,
        Tls = null,
        ClientCertificate = null,
        ServerCertificates = [],
        Chain = null,
        Timings = timings,
    };

    /// <summary>A probe that found <paramref name="faults"/> in the server's chain and sent no request.</summary>
    public static ProbeResult Distrusted(ValueList<Certificate> presented, ValueList<Certificate> path, params ChainFault[] faults) => Accepted with
    {
        Outcome = Outcome.Failed,
        Success = false,
        Failure = new Failure(Phase.Handshake, faults[0].Error, null, faults[0].Detail),
        Evidence = null,
        ServerCertificates = presented,
        Chain = new ChainVerdict { Path = path, Faults = faults.ToValueList() },
        Timings = Accepted.Timings with { Confirm = 0.0104, Application = null },
    };

    public static Certificate Named(string subject, string issuer, string serial, int days) => new(Rules(subject, issuer), Der: default)
    {
        Subject = subject,
        Issuer = issuer,
        Serial = serial,
        NotBefore = Now.AddDays(-90),
        NotAfter = Now.AddDays(days),
        Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes($"{subject}/{issuer}/{serial}"))),
        Key = "EC P-256",
    };

    private static CertificateRules Rules(string subject, string issuer) => new()
    {
        SubjectName = Encoding.UTF8.GetBytes(subject),
        IssuerName = Encoding.UTF8.GetBytes(issuer),
        Version = 3,
        PublicKey = new PublicKeyFacts("EC P-256", null, 256),
        PublicKeyInfo = default,
    };

    /// <summary>The output on a terminal without color.</summary>
    public static string Transcript(ProbeResult result)
    {
        using var output = new StringWriter { NewLine = "\n" };
        DiagnosisText.Write(result, output, color: false, Now);
        return output.ToString();
    }
}
