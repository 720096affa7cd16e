using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>ASP.NET Core's server as written for certificates that change: it reads its files for each connection. It checks no revocation.</summary>
internal sealed class LiveKestrel : ILiveServer
{
    private readonly WebApplication _application;
    private readonly PkiFiles _files;
    private volatile IReadOnlyList<Endpoint> _endpoints;

    private LiveKestrel(PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        (_files, _endpoints) = (files, endpoints);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            foreach (var port in endpoints.Select(endpoint => endpoint.Port))
            {
                options.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(Options(_endpoints.Single(endpoint => endpoint.Port == port))),
                }));
            }
        });
        _application = builder.Build();
        _application.MapGet("/", () => Results.Text("welcome\n"));
    }

    public static async Task<LiveKestrel> Start(PkiFiles files, IReadOnlyList<Endpoint> endpoints)
    {
        var server = new LiveKestrel(files, endpoints);
        await server._application.StartAsync();
        return server;
    }

    public Task Take(IReadOnlyList<Endpoint> endpoints)
    {
        _endpoints = endpoints;
        return Task.CompletedTask;
    }

    /// <summary>Ends it in order: connected clients see a close.</summary>
    public async Task Stop()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)); // then busy clients are cut off
        await _application.StopAsync(patience.Token);
        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private SslServerAuthenticationOptions Options(Endpoint endpoint)
    {
        var check = ClientCheck.Of(endpoint, _files);
        var leaf = X509Certificate2.CreateFromPemFile(_files.ServerCertificate(endpoint.Certificate), _files.ServerKey(endpoint.Certificate));
        var rest = new X509Certificate2Collection();
        rest.ImportFromPemFile(_files.ServerCertificate(endpoint.Certificate));
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, rest, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = check.Enforcement != Enforcement.Unasked,
            CertificateChainPolicy = OwnCheck.Policy,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) => check.Enforcement switch
            {
                Enforcement.Ignored or Enforcement.Unasked => true,
                Enforcement.Optional when certificate is null => true,
                _ => certificate is X509Certificate2 client && Trusts(check.Authorities, client, chain),
            },
        };
    }

    /// <summary>Builds a chain to a root of the file; other certificates of the file, and those that the client sent, can be part of it.</summary>
    private static bool Trusts(string authorities, X509Certificate2 certificate, X509Chain? sent)
    {
        var known = new X509Certificate2Collection();
        known.ImportFromPemFile(authorities);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new(TestTemplate.ClientAuth));
        foreach (var authority in known)
        {
            var isRoot = authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData);
            (isRoot ? chain.ChainPolicy.CustomTrustStore : chain.ChainPolicy.ExtraStore).Add(authority);
        }

        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>()) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }
}
