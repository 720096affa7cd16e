using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// Servers that refuse and accept differently from web servers: by a bare close or a reset, in the protocol, with an alert about something else; and
/// servers that never answer a close_notify. <see cref="UnpackedServersBusyTests"/> probes them on a busy machine.
/// </summary>
[Collection(ManyProbesTests.Name)]
public sealed class UnpackedServersTests(UnpackedServersTests.Rounds rounds) : IClassFixture<UnpackedServersTests.Rounds>
{
    private const int Times = 50; // with each version: a hundred

    public static TheoryData<string, string, string> Cells => UnpackedServersTable.Cases.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    public static TheoryData<string, string> Repeated => UnpackedServersRounds.Repeated;

    [UnpackedServersTheory]
    [MemberData(nameof(Cells))]
    public void The_decision_of_a_server_about_a_client_credential_is_reported_correctly(string server, string version, string credential)
    {
        var expected = Case(server, version, credential);
        var record = rounds.All.Record(expected);
        Assert.True(expected.Verdict == record.Verdict, $"expected: {expected.Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(expected.Verdict == "accepted", record.Success);
        if (record.Success) Assert.Contains(record.Evidence, (string[])["handshake_finished", "close_notify", "control", "http_status"]);
        Assert.Equal(version, record.TlsVersion);
        Assert.True(record.Requested);
        Assert.Equal(credential == "none" ? null : TestPki.Shared.Clients[credential].Serial, record.PresentedSerial);
    }

    [UnpackedServersTheory]
    [MemberData(nameof(Repeated))]
    public void No_verdict_is_wrong_in_a_hundred(string server, string credential) => rounds.All.AssertAll(server, credential, Times);

    [UnpackedServersTheory]
    [InlineData("none", "421 4.7.1 server.test Error: No client certificate presented")]
    [InlineData("expired", "421 4.7.1 server.test Error: Client certificate not trusted")]
    [InlineData("wrong_ca", "421 4.7.1 server.test Error: Client certificate not trusted")]
    public void The_words_of_Postfix_before_it_closes_are_shown(string credential, string words)
    {
        foreach (var version in (string[])["1.2", "1.3"])
            Assert.Contains(words, rounds.All.Record(Case("postfix", version, credential)).Detail, StringComparison.Ordinal);
    }

    private static ClientCase Case(string server, string version, string credential) =>
        UnpackedServersTable.Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, credential));

    public sealed class Rounds : IAsyncLifetime
    {
        internal UnpackedServersRounds All { get; } = new();

        public async Task InitializeAsync()
        {
            await All.Start();
            await All.Probe(Times);
        }

        public async Task DisposeAsync() => await All.DisposeAsync();
    }
}
