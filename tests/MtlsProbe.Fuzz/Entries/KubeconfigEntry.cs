using System.Text;
using MtlsProbe.Clusters;
using MtlsProbe.Inventories;

namespace MtlsProbe.Fuzz;

/// <summary>A kubeconfig: our credentials for a cluster, and its certificates.</summary>
internal sealed class KubeconfigEntry : FuzzEntry
{
    private const string Secret = "hunter2t0ken";

    public override string Name => "kubeconfig";

    public override string Does => "a kubeconfig: the login of a context, and its certificates";

    public override IReadOnlyList<string> Reached => ["a login", "has neither a token nor a client certificate for this context"];

    public override IEnumerable<byte[]> Seeds()
    {
        var authority = Convert.ToBase64String(Encoding.ASCII.GetBytes(SeedPki.Root.CertificatePem));
        var (certificate, key) = (Convert.ToBase64String(Encoding.ASCII.GetBytes(SeedPki.Client.CertificatePem)), Convert.ToBase64String(Encoding.ASCII.GetBytes(SeedPki.Client.KeyPem)));
        foreach (var user in (string[])
        [
            $"token: {Secret}", "tokenFile: token", $"client-certificate-data: {certificate}, client-key-data: {key}", "client-certificate: a.crt, client-key: a.key",
            "exec: { command: aws, args: [eks] }", $"username: root, password: {Secret}",
        ])
        {
            yield return Encoding.UTF8.GetBytes($$"""
                current-context: shop
                clusters:
                - name: test
                  cluster: { server: "https://10.0.0.1:6443", certificate-authority-data: {{authority}} }
                contexts: [{ name: shop, context: { cluster: test, user: prober } }]
                users:
                - name: prober
                  user: { {{user}} }
                """);
        }
    }

    public override string Run(byte[] input)
    {
        foreach (var context in (string?[])[null, "shop"])
        {
            var (login, problem) = KubeconfigLogin.Read(input, "/config", context);
            Claim.Holds((login is null) == (problem is not null), "neither a login nor a problem, or both");
            Claim.Visible(problem, "the problem", 300);
            Claim.Holds(problem?.Contains(Secret, StringComparison.Ordinal) is not true, "the problem shows a secret");
            if (login is null) continue;
            Claim.Holds(login.Server.Scheme == "https" && login.Server.AbsolutePath.EndsWith('/'), "a server URL that cannot be used");
            Claim.Holds(login.Token is null || login.Token.All(c => c is > ' ' and <= '~'), "a token that no header can hold");
            Claim.Holds(!login.ToString().Contains(Secret, StringComparison.Ordinal), "a login that prints its token");
        }

        Kubeconfig.Read(input, "/config");
        return KubeconfigLogin.Read(input, "/config", null) is (_, { } why) ? why : "a login";
    }
}
