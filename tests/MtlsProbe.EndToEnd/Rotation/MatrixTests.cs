using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>
/// Six identities at twelve servers of a real nginx, each with its own rule. The matrix agrees with the rule for every pair, whether the
/// configuration expects the same or the opposite.
/// </summary>
public sealed class MatrixTests
{
    private const string Foreign = "partner";

    private static readonly string[] s_identities = ["checkout", "batch", "reporting", "billing", "auditor", Foreign];

    /// <summary>Whom each server accepts, with <c>none</c> for a client without a certificate; and the rule for nginx.</summary>
    private static readonly (string Name, string[] Allowed, string Rule)[] s_servers =
    [
        Named("only-checkout", "checkout"),
        Named("two", "checkout", "batch"),
        Named("three", "checkout", "batch", "reporting"),
        Named("audit", "checkout", "auditor"),
        Named("nobody-else", "batch"),
        ("issuer", ["checkout", "batch", "reporting", "billing", "auditor"], "ssl_verify_client on;"),
        ("both-issuers", s_identities, "ssl_client_certificate ALL; ssl_verify_client on;"),
        ("foreign-only", [Foreign], "ssl_client_certificate FOREIGN; ssl_verify_client on;"),
        ("optional", ["none", "checkout", "batch", "reporting", "billing", "auditor"], "ssl_verify_client optional;"),
        ("any", ["none", .. s_identities], "ssl_verify_client optional_no_ca;"),
        ("off", ["none", .. s_identities], "ssl_verify_client off;"),
        Named("auditor-alone", "auditor"),
    ];

    [NeedsFact("nginx")]
    public async Task Every_pair_is_found_according_to_the_rule_of_the_server()
    {
        using var workspace = new Workspace("matrix");
        var files = new PkiFiles(workspace, TestPki.Shared);
        var foreign = Authority.Root("Partner Root");
        foreach (var identity in s_identities)
        {
            var client = identity == Foreign ? foreign.Issue(Template.Client(identity)) : TestPki.Shared.NewClient(identity);
            workspace.Write($"{identity}.crt", client.ChainPem);
            File.SetUnixFileMode(workspace.Write($"{identity}.key", client.KeyPem), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        workspace.Write("foreign.pem", foreign.CertificatePem);
        workspace.Write("all.pem", TestPki.Shared.Root.CertificatePem + foreign.CertificatePem);
        var port = Ports.Block(s_servers.Length);
        await using var nginx = Start(workspace, files, port);
        for (var i = 0; i < s_servers.Length; i++) await nginx.ListensOn(port + i);

        // A correct configuration: the first accepted client is the identity, the others are in accepts, and all others must be rejected.
        var (exit, asItIs) = await Matrix(workspace, files, port, isTrue: true);
        Assert.Equal(0, exit);
        Assert.Equal(s_servers.Length * (s_identities.Length + 1), asItIs.Count);
        Assert.All(asItIs, pair => Assert.True(pair.State == "as_expected" && pair.Found == (Allows(pair) ? "accepted" : "rejected"), pair.ToString()));

        // A wrong configuration: only checkout may call, everywhere.
        (exit, var believed) = await Matrix(workspace, files, port, isTrue: false);
        Assert.Equal(1, exit);
        Assert.All(believed, pair => Assert.Equal((Allows(pair) ? "accepted" : "rejected", pair), (pair.Found, pair)));
        Assert.All(believed, pair => Assert.Equal(
            (pair.Identity == "checkout", Allows(pair)) switch { (true, false) => "unexpected_refusal", (false, true) => "unexpected_access", _ => "as_expected" }, pair.State));

        static bool Allows(Pair pair) => s_servers.Single(server => server.Name == pair.Target).Allowed.Contains(pair.Identity);
    }

    private static (string, string[], string) Named(string name, params string[] allowed) =>
        (name, allowed, $"ssl_verify_client on; if ($ssl_client_s_dn !~ \"CN=({string.Join('|', allowed)})(,|$)\") {{ return 403; }}");

    private static ChildProcess Start(Workspace workspace, PkiFiles files, int port)
    {
        var folder = workspace.Folder("nginx");
        var configuration = workspace.Write("nginx/nginx.conf", $$"""
            daemon off;
            master_process off;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log info;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              ssl_certificate {{files.ServerCertificate("good")}};
              ssl_certificate_key {{files.ServerKey("good")}};
              ssl_verify_depth 3;
            {{string.Concat(s_servers.Select((server, i) => $$"""
                  server {
                    listen 127.0.0.1:{{port + i}} ssl;
                    {{(server.Rule.Contains("ssl_client_certificate", StringComparison.Ordinal) ? "" : $"ssl_client_certificate {files.Root};")}}
                    {{server.Rule.Replace("ALL", workspace.PathOf("all.pem"), StringComparison.Ordinal).Replace("FOREIGN", workspace.PathOf("foreign.pem"), StringComparison.Ordinal)}}
                    location / { return 200 "welcome\n"; }
                  }

                """))}}
            }
            """);
        return ChildProcess.Start("nginx", "nginx", ["-c", configuration, "-p", folder, "-e", Path.Combine(folder, "error.log")]);
    }

    private static async Task<(int Exit, IReadOnlyList<Pair> Pairs)> Matrix(Workspace workspace, PkiFiles files, int port, bool isTrue)
    {
        var file = workspace.Write("mtlsprobe.yml", $$"""
            defaults: { trust: test, server_name: {{TestPki.ServerName}}, must_reject: others, timeout: 10s, expect: { client_certificate_requested: false } }
            trust: { test: { files: [{{files.Root}}] } }
            identities:
            {{string.Concat(s_identities.Select(identity => $"  {identity}: {{ current: {{ certificate: {identity}.crt, key: {identity}.key }} }}\n"))}}
            targets:
            {{string.Concat(s_servers.Select((server, i) => $"  - {{ name: {server.Name}, address: \"127.0.0.1:{port + i}\", {Expected(isTrue ? server.Allowed : ["checkout"])} }}\n"))}}
            """);
        var result = await Mtlsprobe.Run("matrix", "--config.file", file, "--output", "json");
        using var report = JsonDocument.Parse(result.StandardOutput);
        return (result.ExitCode,
        [
            .. from target in report.RootElement.GetProperty("targets").EnumerateArray()
               from pair in target.GetProperty("pairs").EnumerateArray()
               select new Pair(Text(target, "target"), Text(pair, "identity"), Text(pair, "found"), Text(pair, "state")),
        ]);
    }

    private static string Expected(string[] allowed) => $"identity: {allowed[0]}, accepts: [{string.Join(", ", allowed[1..])}]";

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private sealed record Pair(string Target, string Identity, string Found, string State);
}
