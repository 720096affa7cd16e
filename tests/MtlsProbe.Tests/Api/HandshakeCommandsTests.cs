using System.Diagnostics;
using MtlsProbe.Api;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Text;

namespace MtlsProbe.Tests.Api;

public class HandshakeCommandsTests
{
    private const string Request = @"printf '%s\r\n' 'GET / HTTP/1.1' 'Host: payments.internal:8443' 'Connection: close' '' | ";

    private static readonly Target s_target = Samples.Target();

    [Fact]
    public void A_credential_of_files_is_named_by_its_files()
    {
        var commands = Of(s_target, new PemFiles("/pki/a.crt", "/pki/a.key", "/pki/pass"), "/pki/root.crt");

        Assert.Equal(
            "mtlsprobe probe payments.internal:8443 --server-name payments.internal --cert /pki/a.crt --key /pki/a.key --key-passphrase-file /pki/pass --ca /pki/root.crt --timeout 5s",
            commands.Probe);
        Assert.Equal(
            Request + "openssl s_client -connect payments.internal:8443 -servername payments.internal -verify_hostname payments.internal -CAfile /pki/root.crt "
            + "-cert /pki/a.crt -cert_chain /pki/a.crt -key /pki/a.key -pass file:/pki/pass -alpn http/1.1 -showcerts -ign_eof",
            commands.Openssl);
    }

    [Fact]
    public void A_keystore_and_a_mounted_secret_are_named_in_their_own_way()
    {
        var keystore = Of(s_target, new Pkcs12File("/pki/a.p12", "/pki/pass"));
        var secret = Of(s_target, new SecretDirectory("/run/secrets/a"));

        Assert.Contains(" --pkcs12 /pki/a.p12 --key-passphrase-file /pki/pass ", keystore.Probe, StringComparison.Ordinal);
        Assert.Contains(" -cert /pki/a.p12 -cert_chain /pki/a.p12 -key /pki/a.p12 -pass file:/pki/pass ", keystore.Openssl, StringComparison.Ordinal);
        Assert.Contains(" --cert /run/secrets/a/tls.crt --key /run/secrets/a/tls.key ", secret.Probe, StringComparison.Ordinal);
        Assert.Contains(" -cert /run/secrets/a/tls.crt -cert_chain /run/secrets/a/tls.crt -key /run/secrets/a/tls.key ", secret.Openssl, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_in_a_token_stays_there_and_the_PIN_in_its_file()
    {
        var token = Of(s_target, new TokenFiles("/pki/a.crt", TokenUri.Parse("pkcs11:token=t;object=o?module-path=/lib/m.so").Uri!, "/pki/pin"));
        var open = Of(s_target, new TokenFiles("/pki/a.crt", TokenUri.Parse("pkcs11:token=t").Uri!, "/pki/pin"));

        Assert.Contains(" --cert /pki/a.crt --key 'pkcs11:token=t;object=o?module-path=/lib/m.so' --pin-file /pki/pin ", token.Probe, StringComparison.Ordinal);
        Assert.Contains(" | PKCS11_MODULE_PATH=/lib/m.so openssl s_client -connect ", token.Openssl, StringComparison.Ordinal);
        Assert.Contains(" -cert /pki/a.crt -cert_chain /pki/a.crt -engine pkcs11 -keyform engine -key 'pkcs11:token=t;object=o' -pass file:/pki/pin ", token.Openssl, StringComparison.Ordinal);
        Assert.Contains(" | openssl s_client ", open.Openssl, StringComparison.Ordinal);
        Assert.Null(Of(s_target with { Way = new Way { SourceAddress = System.Net.IPAddress.Loopback } }, new TokenFiles("/pki/a.crt", TokenUri.Parse("pkcs11:token=t").Uri!, null)).Curl);
    }

    [Fact]
    public void Without_a_credential_none_is_named_and_without_a_bundle_the_anchors_of_the_machine_are_used()
    {
        var commands = Of(s_target with { Identity = Identity.None }, null);

        Assert.Equal("mtlsprobe probe payments.internal:8443 --server-name payments.internal --timeout 5s", commands.Probe);
        Assert.DoesNotContain("-cert", commands.Openssl, StringComparison.Ordinal);
        Assert.DoesNotContain("-CAfile", commands.Openssl, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_command_that_supports_the_way_gets_it()
    {
        var proxy = new ProxyServer(ProxyKind.Http, new HostPort("proxy.internal", 3128));
        var proxied = Of(s_target with { Way = new Way { Proxy = proxy with { Username = "it's me", PasswordFile = "/pki/pass" }, SourceAddress = System.Net.IPAddress.Parse("10.0.0.5") } }, new PemFiles("/pki/a.crt", "/pki/a.key", null), "/pki/root.crt");

        Assert.Contains(@" --proxy http://proxy.internal:3128 --proxy-username 'it'\''s me' --proxy-password-file /pki/pass --source-address 10.0.0.5 ", proxied.Probe, StringComparison.Ordinal);
        Assert.Contains(@"openssl s_client -connect payments.internal:8443 -proxy proxy.internal:3128 -proxy_user 'it'\''s me' -proxy_pass file:/pki/pass -bind 10.0.0.5:0 -servername", proxied.Openssl, StringComparison.Ordinal);
        Assert.Null(proxied.Curl); // it takes the password on its command line

        var open = Of(s_target with { Way = new Way { Proxy = proxy, SourceAddress = System.Net.IPAddress.Parse("10.0.0.5") } }, new PemFiles("/pki/a.crt", "/pki/a.key", null), "/pki/root.crt");
        Assert.Equal(
            "curl --verbose --http1.1 --interface 10.0.0.5 --proxy http://proxy.internal:3128 --proxytunnel "
            + "--cert /pki/a.crt --key /pki/a.key --cacert /pki/root.crt https://payments.internal:8443/",
            open.Curl);

        var socks = Of(s_target with { ServerName = "pay.test", Way = new Way { Proxy = proxy with { Kind = ProxyKind.Socks5 } } }, null);
        Assert.Null(socks.Openssl);
        Assert.Equal("curl --verbose --http1.1 --proxy socks5h://proxy.internal:3128 --connect-to pay.test:8443:payments.internal:8443 https://pay.test:8443/", socks.Curl);

        var header = Of(s_target with { Way = new Way { ProxyProtocol = ProxyHeader.V1 } }, null, "/pki/a.crt", "/pki/b.crt");
        Assert.Contains(" --proxy-protocol v1 ", header.Probe, StringComparison.Ordinal);
        Assert.Null(header.Openssl);
        Assert.Equal("cat /pki/a.crt /pki/b.crt | { curl --verbose --http1.1 --haproxy-protocol --noproxy '*' --cacert /dev/fd/3 https://payments.internal:8443/; } 3<&0", header.Curl);

        Assert.Null(Of(s_target with { Way = new Way { ProxyProtocol = ProxyHeader.V2 } }, null).Curl);
        Assert.Null(Of(s_target, null).Curl);
    }

    [Fact]
    public void The_command_for_a_target_of_tls_waits_for_a_refusal_and_states_its_bounds()
    {
        var target = s_target with
        {
            Protocol = new Tls(), Address = new("::1", 443), ServerName = "2001:db8::1", Tls = new TlsOptions { MaxVersion = TlsVersion.Tls12, Alpn = ["a", "b"] },
        };
        var commands = Of(target, null, "/pki/root 1.crt", "/pki/root-2.crt");

        Assert.Equal("mtlsprobe probe '[::1]:443' --server-name 2001:db8::1 --ca '/pki/root 1.crt' --ca /pki/root-2.crt --protocol tls --alpn a --alpn b --timeout 5s", commands.Probe);
        Assert.Equal(
            "cat '/pki/root 1.crt' /pki/root-2.crt | { sleep 1 | openssl s_client -connect '[::1]:443' -noservername -verify_ip 2001:db8::1 "
            + "-CAfile /dev/fd/3 -tls1_2 -alpn a,b -showcerts; } 3<&0",
            commands.Openssl);
    }

    [Fact]
    public void The_request_is_the_one_that_is_probed_without_its_query()
    {
        var target = s_target with
        {
            Address = new("payments.internal", 443),
            Protocol = new Https { Method = "POST", Path = "/it's?token=hunter2", ExpectStatus = [new(200, 399), new(404, 404)] },
        };
        var commands = Of(target, null);

        Assert.Contains(@" --http-path '/it'\''s' --http-expect-status 200-399 --http-expect-status 404 ", commands.Probe, StringComparison.Ordinal);
        Assert.StartsWith(@"printf '%s\r\n' 'POST /it'\''s HTTP/1.1' 'Host: payments.internal' 'Content-Length: 0' 'Connection: close' '' | ", commands.Openssl, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replacement_is_shown_from_its_own_files()
    {
        var identity = new Identity("checkout", new SecretDirectory("/current")) { Next = new SecretDirectory("/next") };
        var state = Samples.State(s_target, Samples.Accepted(s_target) with { Slot = Slot.Next });

        var commands = HandshakeCommands.Of(state, Fleets.Snapshot() with { Identities = [identity] });

        Assert.Contains("--cert /next/tls.crt", commands.Probe, StringComparison.Ordinal);
        Assert.DoesNotContain("/current", commands.Probe + commands.Openssl, StringComparison.Ordinal);
    }

    [Fact]
    public void All_of_a_target_is_probed_by_its_name() =>
        Assert.Equal("mtlsprobe probe payments --config.file '/etc/mtls probe/mtlsprobe.yml'", HandshakeCommands.OfTarget("payments", "/etc/mtls probe/mtlsprobe.yml"));

    [Fact]
    public async Task A_shell_reads_each_word_as_intended()
    {
        string[] words =
        [
            "", "plain", "/a/b.crt", "two words", "it's", "''", "$HOME", "`id`", "$(id)", "a;id", "a|b", "a&b", "a>b", "*", "?", "[a]", "~root", "-n", "#x", "=ls", "a\\b", "\"q\"", "a\nb", "é", "!x", "{a,b}", "a=b", "%s",
        ];
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"for word in {string.Join(' ', words.Select(ShellWord.Of))}; do printf '%s\\0' \"$word\"; done"])
        {
            RedirectStandardOutput = true,
        })!;

        Assert.Equal(words, (await shell.StandardOutput.ReadToEndAsync()).Split('\0')[..^1]);
        await shell.WaitForExitAsync();
    }

    [Fact]
    public void The_commands_first_fetch_a_credential_that_is_not_in_a_file()
    {
        var vault = Of(s_target, new VaultSecret(new VaultServer(new Uri("https://vault:8200/")) { TokenFile = "/run/token", CaFile = "/ca.crt" }, "secret/data/a"), "/pki/root.crt");
        var cluster = Of(s_target, new KubernetesSecret(new KubernetesObject(new KubernetesCluster { Kubeconfig = "/kube/config" }, "shop", "checkout-tls", false)));
        var keystore = Of(s_target, new KeystoreFile("/pki/a.jks", "/pki/pass") { Alias = "it's me" });

        const string read = "VAULT_TOKEN=\"$(cat /run/token)\" VAULT_ADDR=https://vault:8200 VAULT_CACERT=/ca.crt vault read -format=json secret/data/a";
        const string field = "'.data | (if .metadata.version? then .data else . end) | .[$field]'";
        Assert.StartsWith(
            $"umask 077; {read} | jq -r --arg field tls.crt {field} > client.crt; {read} | jq -r --arg field tls.key {field} > client.key; mtlsprobe probe ", vault.Probe, StringComparison.Ordinal);
        Assert.Contains(" --cert client.crt --key client.key", vault.Probe, StringComparison.Ordinal);
        Assert.Contains(" -cert client.crt -cert_chain client.crt -key client.key", vault.Openssl, StringComparison.Ordinal);
        Assert.StartsWith(
            "umask 077; kubectl get secret checkout-tls --namespace shop --kubeconfig /kube/config -o 'go-template={{index .data \"tls.crt\" | base64decode}}' > client.crt; ",
            cluster.Probe, StringComparison.Ordinal);
        Assert.StartsWith(
            "umask 077; keytool -importkeystore -srckeystore /pki/a.jks -srcstorepass:file /pki/pass -srcalias 'it'\\''s me' -destkeystore client.p12 -deststoretype pkcs12 -deststorepass:file /pki/pass; mtlsprobe probe ",
            keystore.Probe, StringComparison.Ordinal);
        Assert.Contains(" --pkcs12 client.p12 --key-passphrase-file /pki/pass", keystore.Probe, StringComparison.Ordinal);
    }

    private static HandshakeCommands Of(Target target, CredentialSource? source, params string[] anchors) => HandshakeCommands.Of(
        Samples.State(target, Samples.Accepted(target)),
        Fleets.Snapshot() with
        {
            Identities = source is null ? [] : [new Identity("checkout", source)],
            TrustSources = anchors.Length == 0 ? [] : [new TrustSource("internal", [.. anchors])],
        });
}
