using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>Servers of HTTP/2 and of each protocol other than HTTP, with each credential: which side refused, with what, and on what evidence.</summary>
[Collection(ManyProbesTests.Name)]
public sealed class ServiceTests(ServiceTests.Round round) : IClassFixture<ServiceTests.Round>
{
    private const int Times = 100;

    private static readonly (string Server, string Way, string[] Refused)[] s_refusals =
    [
        ("dovecot-imap", "external", ["none", "wrong_ca"]), ("rabbitmq", "external", ["rsa"]), ("mariadb", "shop", ["rsa", "none"]), ("openldap-asks", "external", ["none", "wrong_ca"]),
    ];

    public static TheoryData<string, string> Repeated => ServiceRounds.Repeated;

    public static TheoryData<string, string?, string, string> Cells => ServiceTable.Cases.Select(c => (c.Server, c.User, c.Version, c.Credential)).ToRows();

    public static TheoryData<string, string?, string, string> Logins => ServiceLoginTable.Cases.Select(c => (c.Server, c.User, c.Version, c.Credential)).ToRows();

    [ServiceServersTheory]
    [MemberData(nameof(Cells))]
    public void The_decision_of_a_server_about_a_client_credential_is_reported_correctly(string server, string? user, string version, string credential)
    {
        AssertIs(ServiceTable.Cases.Single(c => (c.Server, c.User, c.Version, c.Credential) == (server, user, version, credential)));
    }

    [ServiceServersTheory]
    [MemberData(nameof(Logins))]
    public void A_login_shows_how_a_server_treats_a_client_credential(string server, string? way, string version, string credential) =>
        AssertIs(ServiceLoginTable.Cases.Single(c => (c.Server, c.User, c.Version, c.Credential) == (server, way, version, credential)));

    private void AssertIs(ServiceCase expected)
    {
        var record = round.All.Records[expected.Target];
        var (server, version, credential) = (expected.Server, expected.Version, expected.Credential);

        Assert.True(expected.Verdict == record.Verdict, $"expected: {expected.Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(expected.Verdict == "accepted", record.Success);
        Assert.Equal(version, record.TlsVersion);
        Assert.True(record.Requested);
        Assert.Equal(credential == "none" ? null : TestPki.Shared.Clients[credential].Serial, record.PresentedSerial);
        if (expected.IsLogin || expected.LogsIn) Assert.Equal(expected.IsLogin ? "login" : null, record.Confirmed);
        if (record.Success || record.Reason == "refused_by_protocol") Assert.Equal(server.EndsWith("-http2", StringComparison.Ordinal) ? "http_status" : "protocol_answer", record.Evidence);
    }

    [ServiceServersTheory]
    [InlineData("postgresql", "verified", "none", "28000 connection requires a valid client certificate")]
    [InlineData("postgresql", "somebody", "good", "28000 \"trust\" authentication failed for user \"somebody\"")]
    [InlineData("mariadb", "x509", "none", "1045 Access denied for user 'x509'@'127.0.0.1'")]
    [InlineData("mosquitto-users", null, "good", "CONNACK 5, not authorized")]
    [InlineData("postfix", null, "none", "421 4.7.1 server.test Error: No client certificate presented")]
    [InlineData("postfix", null, "wrong_ca", "421 4.7.1 server.test Error: Client certificate not trusted")]
    public void The_words_of_a_refusal_are_shown(string server, string? user, string credential, string words) =>
        Assert.Contains(words, round.All.Records[new ServiceCase(server, user, "1.3", credential, "").Target].Detail, StringComparison.Ordinal);

    [ServiceServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_in_many(string server, string credential) => round.All.AssertAll(server, credential, Times);

    /// <summary>The same login with a credential that must be refused: refused in the protocol, not offered EXTERNAL, or accepted.</summary>
    [ServiceServersTheory]
    [InlineData("dovecot-imap", "good", "accepted")]
    [InlineData("dovecot-imap", "none", "rejected")]
    [InlineData("dovecot-imap", "wrong_ca", "rejected")]
    [InlineData("rabbitmq", "rsa", "rejected")]
    [InlineData("mariadb", "rsa", "rejected")]
    [InlineData("mariadb", "none", "rejected")]
    [InlineData("openldap-asks", "none", "rejected")]
    [InlineData("openldap-asks", "wrong_ca", "accepted enforcement not_refused")]
    public void A_login_that_must_be_refused_is_reported_as_refused_or_accepted(string server, string credential, string verdict)
    {
        var record = round.All.Refusals[(server, credential)];
        Assert.True(record.Verdict == verdict, $"expected: {verdict}\nbut got:  {record.Verdict}\n{record}");
    }

    public sealed class Round : IAsyncLifetime
    {
        internal ServiceRounds All { get; } = new();

        public async Task InitializeAsync()
        {
            await All.Start();
            await All.ProbeAll();
            await All.ProbeRefusals(s_refusals);
            await All.ProbeOften(Times);
        }

        public async Task DisposeAsync() => await All.DisposeAsync();
    }
}
