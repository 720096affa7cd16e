using System.Text;
using MtlsProbe.Clusters;
using MtlsProbe.Inventories;

namespace MtlsProbe.Tests.Inventories;

/// <summary>What is read from a kubeconfig, and what is not.</summary>
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
    public void Certificates_in_it_are_read_and_those_that_it_refers_to_are_named()
    {
        var read = Kubeconfig.Read(Encoding.UTF8.GetBytes(s_yaml), "/home/a/.kube/config");

        Assert.Null(read.Content.Problem);
        Assert.Equal(["CN=cluster-ca", "CN=admin"], read.Content.Certificates.Select(certificate => certificate.Subject));
        Assert.Equal(["/home/a/.kube/pki with spaces/another-authority-here.crt", "/etc/robot-with-a-long-path/client.crt"], read.Files);
    }

    [Fact]
    public void One_in_JSON_is_read_alike() =>
        Assert.Equal(["CN=cluster-ca", "CN=admin"], Kubeconfig.Read(Encoding.UTF8.GetBytes(s_json), "/config").Content.Certificates.Select(certificate => certificate.Subject));

    /// <summary>Text stays in memory for an unknown time: the parser gets none that contains a secret.</summary>
    [Fact]
    public void No_key_and_no_token_ever_becomes_a_text()
    {
        foreach (var kubeconfig in (string[])[s_yaml, s_json])
        {
            var text = KubeconfigText.Of(Encoding.UTF8.GetBytes(kubeconfig), Kubeconfig.IsRead);

            Assert.DoesNotContain(Base64(s_admin.KeyPem)[..24], text, StringComparison.Ordinal);
            Assert.DoesNotContain("0123456789abcdef", text, StringComparison.Ordinal);
            Assert.Contains(Base64(s_admin.CertificatePem), text, StringComparison.Ordinal);
        }
    }

    /// <summary>However short it is, and in every form that YAML allows.</summary>
    [Theory]
    [InlineData("users:\n- user:\n    password: hunter2\n    client-certificate: /c.crt")]
    [InlineData("users:\n- user:\n    password: \"hunter2 \\\" hunter2\"\n    client-certificate: /c.crt")]
    [InlineData("users:\n- user:\n    password: 'it''s hunter2: hunter2'\n    client-certificate: /c.crt")]
    [InlineData("users:\n- user:\n    password: one\n      |hunter2\n      *hunter2\n      hunter2\n    client-certificate: /c.crt")]
    [InlineData("users:\n- user:\n    password:\n      hunter2\n    client-certificate:\n      /c.crt")]
    [InlineData("users:\r\n- user:\r\n    password: hunter2 # hunter2\r\n      # hunter2\r\n    client-certificate: /c.crt\r\n")]
    [InlineData("users:\n- user:\n    password: |-\n      hunter2: hunter2\n\n      - hunter2\n    client-certificate: |\n      /c.crt")]
    [InlineData("users:\n- user:\n    password: hunter2\n    exec: { args: [hunter2, \"hunter2\",\n      'hunter2'], env: [{ name: A, value: hunter2\n      hunter2 }] }\n    client-certificate: /c.crt")]
    [InlineData("# hunter2\n--- # hunter2\nusers:\n- user:\n    exec:\n      args:\n      - hunter2\n      - |\n        hunter2: a\n      - a{hunter2\n    client-certificate: /c.crt")]
    [InlineData("{\"users\": [{\"user\": {\"password\":\"hunter2\",\n \"token\" : \"hunter2\", \"client-certificate\":\"/c.crt\"}}]}")]
    [InlineData("users: [{ user: { client-certificate: /c.crt, password: hunter2: hunter2 } }]")]
    public void No_unread_value_becomes_text_and_the_read_values_stay(string kubeconfig)
    {
        Assert.DoesNotContain("hunter2", KubeconfigText.Of(Encoding.UTF8.GetBytes(kubeconfig), Kubeconfig.IsRead), StringComparison.Ordinal);

        var read = Kubeconfig.Read(Encoding.UTF8.GetBytes(kubeconfig), "/config");
        Assert.True(read.Content.Problem is null || kubeconfig.Contains("hunter2: hunter2 }", StringComparison.Ordinal), read.Content.Problem);
        if (read.Content.Problem is null) Assert.Equal(["/c.crt"], read.Files.Select(file => file.TrimEnd('\n')));
    }

    [Fact]
    public void Data_in_several_lines_is_read()
    {
        var data = Base64(s_root.CertificatePem);
        foreach (var written in (string[])[$"|\n      {data[..80]}\n      {data[80..]}", $">-\n      {data[..80]}\n      {data[80..]}", $"{data[..80]}\n      {data[80..]}", $"\n      {data}", $"'{data[..80]}\n\n      {data[80..]}'"])
        {
            var read = Kubeconfig.Read(Encoding.UTF8.GetBytes($"clusters:\n- cluster:\n    certificate-authority-data: {written}\n    server: https://a\n"), "/config");

            Assert.Equal((1, 0), (read.Content.Certificates.Count, read.Content.LeftOut));
        }
    }

    [Theory]
    [InlineData("- ")]
    [InlineData("[")]
    [InlineData("\"")]
    [InlineData("a: ")]
    [InlineData("|\n")]
    [InlineData(" #")]
    [InlineData("{\"a\":")]
    public void A_long_text_is_masked_in_one_pass(string piece) =>
        Assert.Equal(piece.Length * 200_000, KubeconfigText.Of(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, 200_000))), Kubeconfig.IsRead).Length);

    [Theory]
    [InlineData("users: [", "is not a readable kubeconfig, in line ")]
    [InlineData("secret-that-nobody-may-see-0123", "is not a readable kubeconfig")]
    [InlineData("\u0001", "is not a readable kubeconfig")]
    public void An_unreadable_file_is_reported_without_its_content(string text, string problem)
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
