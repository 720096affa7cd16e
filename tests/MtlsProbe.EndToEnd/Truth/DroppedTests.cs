using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// haproxy drops a connection without telling the client (<c>silent-drop</c>): that is neither acceptance nor refusal. If haproxy lacks the right to
/// do it silently, the client sees a reset, which proves no more.
/// </summary>
[Collection(SilentServersTests.Name)]
public sealed class DroppedTests(SilentRange range, DroppedTests.Round round) : IClassFixture<DroppedTests.Round>
{
    private static readonly string[] Left = ["unconfirmed application timeout", "unconfirmed application closed", "unconfirmed protocol no_confirmation"];

    private static readonly IReadOnlyList<(string Server, string Version, string Credential, string? Verdict)> Cases =
    [
        .. from version in (string[])["1.2", "1.3"]
           from c in ((string, string, string?)[])
           [
               ("haproxy-drop-tcp", "good", null), ("haproxy-drop-tcp", "wrong_ca", "rejected client_certificate unknown_ca 48"),
               ("haproxy-drop-http", "good", "accepted"), ("haproxy-drop-http", "none", null), ("haproxy-drop-http", "expired", null),
               ("haproxy-drop-http", "wrong_ca", null),
           ]
           select (c.Item1, version, c.Item2, c.Item3),
    ];

    public static TheoryData<string, string, string> Rows => Cases.Select(c => (c.Server, c.Version, c.Credential)).ToRows();

    [RealServersTheory]
    [MemberData(nameof(Rows))]
    public async Task A_silently_dropped_connection_proves_nothing(string server, string version, string credential)
    {
        var expected = Cases.Single(c => (c.Server, c.Version, c.Credential) == (server, version, credential)).Verdict;
        var record = (await round.Records(range))[$"{server}-{version}-{credential}"];

        Assert.True(expected is null ? Left.Contains(record.Verdict) : record.Verdict == expected, $"expected {expected ?? string.Join(" or ", Left)}\n{record}");
        Assert.Equal(expected == "accepted", record.Success);
    }

    /// <summary>One run of the program probes all cases.</summary>
    public sealed class Round
    {
        private Task<IReadOnlyDictionary<string, ProbeRecord>>? _records;

        internal Task<IReadOnlyDictionary<string, ProbeRecord>> Records(SilentRange range) => _records ??= Mtlsprobe.Probe(
            new ConfigFile(range.Files, [.. Cases.Select(c => Target(range, c.Server, c.Version, c.Credential))]) { FileName = "dropped.yml", Timeout = "4s" },
            range.Workspace);

        private static TargetEntry Target(SilentRange range, string server, string version, string credential) =>
            new($"{server}-{version}-{credential}", range[server].Port) { Protocol = range[server].Protocol, Version = version, Identity = credential };
    }
}
