using MtlsProbe.Api;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Api;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>How a protocol is named and described: in a file, by flags, as a URL, and in the commands that repeat a probe.</summary>
public sealed class ProtocolKeysTests
{
    private const string Described = """
        targets:
        - { name: postgres, address: db.test, protocol: postgres, postgres: { user: "a b", database: orders, direct: true } }
        - { name: mysql, address: db.test, protocol: mysql, mysql: { user: shop } }
        - { name: mqtts, address: mq.test, protocol: mqtts, mqtt: { client_id: me, username: it's, version: "5" } }
        - { name: amqps, address: mq.test, protocol: amqps, amqp: { version: "1.0" } }
        - { name: xmpp, address: chat.test, protocol: xmpp, xmpp: { domain: a.test, server: true } }
        - { name: xmpps, address: "chat.test:1", protocol: xmpps }
        - { name: imap, address: "[2001:db8::1]", protocol: imap }
        - { name: external, address: mail.test, protocol: imaps, login: external }
        - { name: word, address: mail.test, protocol: smtp, login: { user: "a b", password_file: /run/word } }
        - { name: broker, address: mq.test, protocol: mqtts, mqtt: { username: shop, password_file: /run/word } }
        """;

    [Fact]
    public void An_address_without_a_port_has_that_of_its_protocol() =>
        Assert.Equal(
            ["db.test:5432", "db.test:3306", "mq.test:8883", "mq.test:5671", "chat.test:5269", "chat.test:1", "[2001:db8::1]:143", "mail.test:993", "mail.test:587", "mq.test:8883"],
            Read(Described).Select(target => target.Address.ToString()));

    [Fact]
    public void Every_protocol_has_a_port_but_tls() =>
        Assert.Equal(["tls"], BuiltInProtocols.All.Grammars.Where(grammar => grammar.DefaultPort is null).Select(grammar => grammar.Name));

    /// <summary>The commands on the page make the same probe.</summary>
    [Fact]
    public void Flags_have_the_same_meaning_as_keys()
    {
        foreach (var target in (IEnumerable<Target>)[.. Read(Described), .. BuiltInProtocols.All.Grammars.Select(Plain)])
        {
            var options = new ProbeOptions(BuiltInProtocols.All);
            var command = new System.CommandLine.Command("probe");
            options.AddTo(command);
            var parsed = command.Parse([target.Address.ToString(), .. target.Protocol.Flags().SelectMany(flag => new[] { flag.Flag, flag.Value })]);

            Assert.Empty(parsed.Errors);
            Assert.Equal(target.Protocol, Assert.Single(AdHocTargets.From(parsed, options).Configuration!.Targets).Protocol);
        }
    }

    [Fact]
    public void The_request_can_be_typed()
    {
        string Typed(string name) => Read(Described).Single(target => target.Name == name) is var target
            ? HandshakeCommands.Of(new HandshakeState { Key = Fleets.Once(target, Metrics.Samples.Accepted(target)).Key, Target = target }, Fleets.Snapshot() with { Identities = [], TrustSources = [] }).Openssl!
            : "";

        Assert.StartsWith(@"printf '\000\000\000""\000\003\000\000user\000a b\000database\000orders\000\000' | openssl s_client -connect db.test:5432 -servername", Typed("postgres"), StringComparison.Ordinal);
        Assert.StartsWith(@"printf 'a2 CAPABILITY\r\na4 LOGOUT\r\n' | openssl s_client -connect '[2001:db8::1]:143' -starttls imap ", Typed("imap"), StringComparison.Ordinal);
        Assert.Contains(@"MQTT\005\202\000<\000\000\002me\000\004it'\''s", Typed("mqtts"), StringComparison.Ordinal);
        Assert.Contains(" -starttls xmpp-server ", Typed("xmpp"), StringComparison.Ordinal);
        Assert.DoesNotContain("-starttls", Typed("xmpps"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://db.test", "db.test:5432 postgres")]
    [InlineData("smtp://mail", "mail:587 smtp")]
    [InlineData("smtp://mail.test:25/", "mail.test:25 smtp")]
    [InlineData("imaps://[2001:db8::1]:1993", "[2001:db8::1]:1993 imaps")]
    [InlineData("https://shop.test/health?deep=1", "shop.test:443 https /health?deep=1")]
    [InlineData("shop.test", "shop.test:443 https /")]
    public void A_URL_names_the_protocol(string text, string meant)
    {
        var (configuration, mistakes) = From(text);

        Assert.Empty(mistakes);
        var target = Assert.Single(configuration!.Targets);
        Assert.Equal(meant, $"{target.Address} {target.Protocol.Name}{(target.Protocol is Https https ? " " + https.Path : "")}");
    }

    [Theory]
    [InlineData("gopher://a.test", "\"gopher://a.test\" has a scheme that is not a supported protocol: it speaks https, grpc, tls, ")]
    [InlineData("postgresql://a.test", "did you mean postgres?")]
    [InlineData("mqtts://me:hunter2@a.test", "a URL with a user in it: omit user and password")]
    [InlineData("smtp://a.test/b", "\"smtp://a.test/b\" has a path, but protocol smtp has none: omit it")]
    [InlineData("tls://a.test", "\"tls://a.test\" has no port: add one, as in a.test:5671")]
    [InlineData("https://a.test/b#c", "\"https://a.test/b#c\" has a path that has a fragment, which is never sent: remove what follows #")]
    [InlineData("smtp://a.test --protocol imap", "is a URL of another protocol: omit --protocol imap")]
    [InlineData("https://a.test/b --http-path /c", "has a path: omit --http-path")]
    public void An_invalid_URL_is_reported(string words, string mistake)
    {
        var (_, mistakes) = From(words.Split(' '));

        Assert.Contains(mistake, Assert.Single(mistakes), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", mistakes[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_protocols()
    {
        var help = (await ServedProtocol.RunAsync("probe", "--help")).Output;

        Assert.Contains("\nProtocols, and their default ports:\n", help, StringComparison.Ordinal);
        Assert.All(BuiltInProtocols.All.Grammars, grammar => Assert.Matches($@"\n  {grammar.Name} +({grammar.DefaultPort}|–)  {grammar.Does}\n", help));
    }

    [Fact]
    public void Invalid_keys_are_reported_with_their_places()
    {
        var errors = ConfigurationFile.Parse("""
            targets:
            - { name: a, address: a.test, protocol: postgres, postgres: { user: "a\0b", direct: maybe } }
            - { name: b, address: b.test, protocol: mqtts, mqtt: { version: "4", client_id: "" } }
            - { name: c, address: c.test, protocol: amqps, amqp: { version: "1" } }
            - { name: d, address: d.test, protocol: xmpp, xmpp: { domain: "a'b" } }
            - { name: e, address: e.test, protocol: smtp, mysql: { user: a } }
            - { name: f, address: f.test, protocol: ftp, login: external }
            - { name: g, address: g.test, protocol: mysql, login: external }
            - { name: h, address: h.test, protocol: xmpp, login: { user: a, password_file: b } }
            - { name: i, address: i.test, protocol: imap, login: internal }
            - { name: j, address: j.test, protocol: imap, login: { user: a, password: hunter2 } }
            - { name: k, address: k.test, protocol: imap, login: { user: a } }
            - { name: l, address: l.test, protocol: postgres, postgres: { user: a }, login: { user: b, password_file: c } }
            - { name: m, address: m.test, protocol: mqtts, mqtt: { password_file: c } }
            - { name: n, address: n.test, protocol: mqtts, login: { user: a, password_file: c } }
            - { name: o, address: o.test, protocol: amqps, amqp: { version: "1.0" }, login: external }
            """, "m.yml", BuiltInProtocols.All).Errors;

        Assert.Equal("""
            m.yml:2:69: targets.a.postgres.user: contains a line break or another control character
              hint: a name is one line
            m.yml:2:85: targets.a.postgres.direct: "maybe" is neither true nor false
            m.yml:3:65: targets.b.mqtt.version: "4" is not a supported version of MQTT
              hint: "3.1.1" or "5"
            m.yml:3:81: targets.b.mqtt.client_id: "" is empty
            m.yml:4:65: targets.c.amqp.version: "1" is not a supported version of AMQP
              hint: "0-9-1" or "1.0"
            m.yml:5:63: targets.d.xmpp.domain: "a'b" is neither a host name nor an IP address
              hint: without port, brackets, wildcard and final dot; international names as xn--…
            m.yml:6:54: targets.e.mysql: this has no effect with protocol smtp
              hint: remove these keys, or set protocol: mysql
            m.yml:7:53: targets.f.login: a login is not supported with protocol ftp
              hint: remove it: an answer proves the session only
            m.yml:8:55: targets.g.login: MtlsProbe does not support a login by the certificate alone for protocol mysql
              hint: set mysql.user to an account that requires a certificate and no password
            m.yml:9:54: targets.h.login: MtlsProbe does not support a login with a password for protocol xmpp
              hint: login: external
            m.yml:10:54: targets.i.login: is not a way to log in
              hint: external, none, or { user: NAME, password_file: FILE }
            m.yml:11:65: targets.j.login.password: unknown key
              hint: known here: user, password_file
            m.yml:12:54: targets.k.login: has no password
              hint: password_file: FILE, which holds the password and no other line
            m.yml:13:81: targets.l.login: has a user, and so has postgres.user
              hint: remove postgres.user
            m.yml:14:54: targets.m.mqtt: has a password_file but no username
              hint: username: NAME
            m.yml:15:55: targets.n.login: a login is not supported with protocol mqtts
              hint: set mqtt.username and mqtt.password_file
            m.yml:16:81: targets.o.login: the prober logs in with AMQP 0-9-1 only
              hint: remove it, or amqp.version
            """, string.Join("\n", errors));
    }

    [Theory]
    [InlineData("ftp://a.test --login external", "\"ftp://a.test\": a login is not supported with protocol ftp: remove it: an answer proves the session only")]
    [InlineData("mqtts://a.test --mqtt-password-file w", "\"mqtts://a.test\": has a password_file but no username: username: NAME")]
    public void An_impossible_login_is_reported_on_the_command_line(string words, string mistake) =>
        Assert.Equal(mistake, Assert.Single(From(words.Split(' ')).Mistakes));

    [Fact]
    public void A_login_of_the_defaults_is_taken_back_by_none()
    {
        var targets = ConfigurationFile.Parse("""
            defaults: { login: external }
            targets:
            - { name: a, address: a.test, protocol: imap }
            - { name: b, address: b.test, protocol: imap, login: none }
            - { name: c, address: c.test, protocol: mysql, login: none }
            - { name: d, address: d.test, protocol: mqtts, mqtt: { username: shop, password_file: /word }, login: none }
            """, "/etc/mtlsprobe/m.yml", BuiltInProtocols.All).Configuration!.Targets;

        Assert.Equal([new ExternalLogin(), null, null, new PasswordLogin("shop", "/word")], targets.Select(target => target.Protocol.Login));
    }

    /// <summary>A search that the probe does not make is not offered in place of a bind, and no password is.</summary>
    [Fact]
    public void No_command_types_a_bind_with_a_password()
    {
        var target = new Target { Name = "d", Address = new HostPort("d.test", 636), ServerName = "d.test", Trust = "t", Protocol = Ldap.OverTls.Plain };
        Assert.Null((Ldap.OverTls.Plain with { Login = new PasswordLogin("cn=shop", "/word") }).TypedQuestion(target));
        Assert.NotNull((Ldap.OverTls.Plain with { Login = new ExternalLogin() }).TypedQuestion(target));
        Assert.NotNull(Ldap.OverTls.Plain.TypedQuestion(target));
    }

    /// <summary>What a path of the configuration means, and the same on the command line.</summary>
    [Fact]
    public void The_file_of_a_password_is_relative_to_that_of_the_configuration()
    {
        var targets = ConfigurationFile.Parse("""
            defaults: { login: { user: shop, password_file: secrets/word } }
            targets:
            - { name: a, address: a.test, protocol: imap }
            - { name: b, address: b.test, protocol: imap, login: external }
            - { name: c, address: c.test, protocol: mqtts, mqtt: { username: shop, password_file: ../word }, login: external }
            """, "/etc/mtlsprobe/m.yml", BuiltInProtocols.All);

        Assert.Equal("targets.c.login", Assert.Single(targets.Errors).Where);
        targets = ConfigurationFile.Parse("""
            targets:
            - { name: a, address: a.test, protocol: imap, login: { user: shop, password_file: secrets/word } }
            - { name: b, address: b.test, protocol: mqtts, mqtt: { username: shop, password_file: ../word } }
            """, "/etc/mtlsprobe/m.yml", BuiltInProtocols.All);
        Assert.Equal(["/etc/mtlsprobe/secrets/word", "/etc/word"], targets.Configuration!.Targets.Select(target => ((PasswordLogin)target.Protocol.Login!).PasswordFile));
    }

    private static (Configuration? Configuration, IReadOnlyList<string> Mistakes) From(params string[] words)
    {
        var options = new ProbeOptions(BuiltInProtocols.All);
        var command = new System.CommandLine.Command("probe");
        options.AddTo(command);
        return AdHocTargets.From(command.Parse(words), options);
    }

    private static Target Plain(ProtocolGrammar grammar) => new() { Name = "t", Address = new HostPort("a.test", 1), ServerName = "a.test", Protocol = grammar.Plain };

    private static ValueList<Target> Read(string text) => ConfigurationFile.Parse(text, "m.yml", BuiltInProtocols.All).Configuration!.Targets;
}
