using System.Text;
using MtlsProbe.Inventories;

namespace MtlsProbe.Tests.Inventories;

/// <summary>What is read of a kubeconfig, and what is not.</summary>
public sealed class KubeconfigTests
{
    private static readonly TestCertificate s_root = TestPki.Root("cluster-ca");
    private static readonly TestCertificate s_admin = s_root.Client("admin");

    private static readonly string s_yaml = $$"""
        apiVersion: v1
        kind: Config
        current-context: a-context-with-a-long-name
        clusters:
        - name: production
          cluster:
            certificate-authority-data: {{Base64(s_root.CertificatePem)}}
            server: https://api.internal:6443
        - cluster:
            certificate-authority: pki with spaces/another-authority-here.crt
          name: staging
        users:
        - name: admin
          user:
            client-certificate-data: {{Base64(s_admin.CertificatePem)}}
            client-key-data: {{Base64(s_admin.KeyPem)}}
        - name: robot
          user:
            token: "abcdef.0123456789abcdef"
            client-certificate: /etc/robot-with-a-long-path/client.crt
        """;

    private static readonly string s_json =
        $$"""
        {"clusters":[{"name":"c","cluster":{"certificate-authority-data":"{{Base64(s_root.CertificatePem)}}"} }],
        "users":[{"name":"u","user":{"client-key-data":"{{Base64(s_admin.KeyPem)}}","client-certificate-data":"{{Base64(s_admin.CertificatePem)}}"} }]}
        """;

    [Fact]
    public void Certificates_in_it_are_read_and_those_that_it_names_are_named()
    {
        var read = Kubeconfig.Read(Encoding.UTF8.GetBytes(s_yaml), "/home/a/.kube/config");

        Assert.Null(read.Content.Problem);
        Assert.Equal(["CN=cluster-ca", "CN=admin"], read.Content.Certificates.Select(certificate => certificate.Subject));
        Assert.Equal(["/home/a/.kube/pki with spaces/another-authority-here.crt", "/etc/robot-with-a-long-path/client.crt"], read.Files);
    }

    [Fact]
    public void One_in_JSON_is_read_alike() =>
        Assert.Equal(["CN=cluster-ca", "CN=admin"], Kubeconfig.Read(Encoding.UTF8.GetBytes(s_json), "/config").Content.Certificates.Select(certificate => certificate.Subject));

    /// <summary>Texts lie in memory until nobody knows when: the parser gets none with a secret in it.</summary>
    [Fact]
    public void No_key_and_no_token_ever_becomes_a_text()
    {
        foreach (var kubeconfig in (string[])[s_yaml, s_json])
        {
            var text = KubeconfigText.Of(Encoding.UTF8.GetBytes(kubeconfig));

            Assert.DoesNotContain(Base64(s_admin.KeyPem)[..24], text, StringComparison.Ordinal);
            Assert.DoesNotContain("0123456789abcdef", text, StringComparison.Ordinal);
            Assert.Contains(Base64(s_admin.CertificatePem), text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("users: [", "is no kubeconfig that can be read, in line ")]
    [InlineData("secret-that-nobody-may-see-0123", "is no kubeconfig that can be read")]
    [InlineData("\u0001", "is no kubeconfig that can be read")]
    public void What_cannot_be_read_is_told_without_what_is_in_it(string text, string problem)
    {
        var read = Kubeconfig.Read(Encoding.UTF8.GetBytes(text), "/config");

        Assert.StartsWith(problem, read.Content.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", read.Content.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_is_no_certificate_is_counted()
    {
        var read = Kubeconfig.Read("users: [{ user: { client-certificate-data: '%%%' } }, { user: { client-certificate-data: 'aGVsbG8=' } }]"u8, "/config");

        Assert.Equal((0, 2), (read.Content.Certificates.Count, read.Content.LeftOut));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
