using System.Security.Cryptography.X509Certificates;
using MtlsProbe.Demo;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>A server whose certificate attacks its reader: markup, text with reversed direction, control characters, very many names.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    public const string Target = "hostile";
    public const string Markup = "<script>document.title='owned'</script><img src=x onerror=alert(1)>";
    public const string TurnedAround = "abc\u202Egnp.exe\u202C\u0007\u001b[31m\u200B";
    public const string RightToLeft = "شركة الأمثلة المحدودة";

    /// <summary>As in the configuration.</summary>
    public const string Label = "team: strangers";

    /// <summary>As many as fit into what a server can send.</summary>
    public const int Names = 5000;

    private readonly TlsServer _server;

    public HostileServer()
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(Markup);
        name.AddOrganizationName(TurnedAround);
        name.AddOrganizationalUnitName(RightToLeft);
        name.AddLocalityName(new string('W', 2000));
        var certificate = TestCertificate.SelfSigned(new TestTemplate
        {
            Subject = "",
            SubjectDer = name.Build().RawData,
            Dns = [.. Enumerable.Range(0, Names).Select(i => FormattableString.Invariant($"h{i}.test"))],
            NotAfter = TestTemplate.Now.AddDays(30),
            KeyIdentifiers = false,
        });
        var parameters = new ServerParameters
        {
            Chain = [certificate.Der],
            Key = PrivateKey.Of(certificate.Key),
            ClientAuthentication = ClientAuthentication.Required,
            ClientAnchors = [certificate.Der],
        };
        _server = new TlsServer(parameters, Behaviours.AnswerHttp(403, "Forbidden", "<script>document.title='owned'</script>"), TimeProvider.System);
    }

    /// <summary>For the targets of the demo.</summary>
    public string Yaml => FormattableString.Invariant($$"""
          - name: {{Target}}
            address: 127.0.0.1:{{_server.Port}}
            server_name: h1.test
            protocol: https
            identity: checkout
            labels: { {{Label}} }

        """);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
