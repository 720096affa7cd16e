using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>ASP.NET Core's server inside the test process; it refuses by a close after its tickets.</summary>
internal sealed class KestrelServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private KestrelServer(WebApplication application, IReadOnlyList<Endpoint> endpoints)
    {
        _application = application;
        Endpoints = endpoints;
    }

    public IReadOnlyList<Endpoint> Endpoints { get; }

    public static async Task<KestrelServer> Start(TestPki pki, IEnumerable<string> certificates)
    {
        IReadOnlyList<Endpoint> endpoints = [.. certificates.Select(certificate => Endpoint.Https("kestrel-https", certificate))];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            foreach (var endpoint in endpoints)
                options.Listen(IPAddress.Loopback, endpoint.Port, listen => listen.UseHttps(Options(pki, pki.Servers[endpoint.Certificate])));
        });
        var application = builder.Build();
        application.MapGet("/", () => Results.Text("welcome\n"));
        await application.StartAsync();
        return new KestrelServer(application, [.. endpoints, .. endpoints.Select(e => e with { Server = "kestrel-tls", Protocol = "tls" })]);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    /// <summary>TLS of a server that requires a client certificate of the PKI.</summary>
    public static HttpsConnectionAdapterOptions Options(TestPki pki, ServerCredential server) => new()
    {
        ServerCertificate = server.Leaf.WithKey,
        ServerCertificateChain = [.. server.Rest.Select(certificate => certificate.Certificate)],
        SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        ClientCertificateValidation = (certificate, chain, _) => Trusts(pki, certificate, chain),
        OnAuthenticate = (_, ssl) => ssl.CertificateChainPolicy = OwnCheck.Policy,
    };

    private static bool Trusts(TestPki pki, X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(pki.Root.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new(TestTemplate.ClientAuth));
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }
}
