namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// The meaning of fronts and uncommon chains, which their own tests show once: by the presented credential, and, beside a good one, by the credential
/// that must be refused. An empty cell is not tried, because it makes no difference.
/// </summary>
internal static class RepeatedVerdictTable
{
    private const string MustRejectNone = "must_reject none";

    private const string Answers = """
        server          | good          | none        | expired     | wrong_ca
        nginx-444       | accepted      | closed      | closed      | closed
        nginx-http good | accepted      | http_status | http_status | http_status
        nginx-unasked   | not_requested | accepted    |             |
        haproxy-unasked | not_requested | accepted    |             |
        haproxy-hole    | accepted      |             | silent      |
        """;

    private const string Drops = """
        server            | good     | none    | expired | wrong_ca
        haproxy-drop-http | accepted | dropped | dropped | dropped
        """;

    private const string Fronts = """
        server             | good          | expired                | wrong_ca      | must_reject none
        asked-407          | accepted      | certificate_expired 45 | unknown_ca 48 | not_told
        unasked-407        | not_requested |                        |               | not_told
        asked-421          | misdirected   | certificate_expired 45 | unknown_ca 48 | misdirected
        unasked-421        | misdirected   |                        |               | misdirected
        apache-421-asked   | misdirected   | certificate_expired 45 | unknown_ca 48 | misdirected
        apache-421-unasked | misdirected   |                        |               | misdirected
        asked-502          | accepted      | certificate_expired 45 | unknown_ca 48 | let_in
        unasked-502        | not_requested |                        |               | not_told
        asked-503          | accepted      | certificate_expired 45 | unknown_ca 48 | not_told
        unasked-503        | not_requested |                        |               | not_told
        asked-504          | accepted      | certificate_expired 45 | unknown_ca 48 | let_in
        unasked-504        | not_requested |                        |               | not_told
        """;

    private const string Chains = """
        server                              | good             | expired                | wrong_ca
        nginx-http under-new-root           | untrusted_issuer |                        |
        haproxy-tcp under-new-root          | untrusted_issuer | certificate_expired 45 | unknown_ca 48
        nginx-http directly-under-new-root  | untrusted_issuer |                        |
        haproxy-tcp directly-under-new-root | untrusted_issuer | certificate_expired 45 | unknown_ca 48
        nginx-http incomplete_chain         | incomplete_chain |                        |
        haproxy-tcp incomplete_chain        | incomplete_chain | certificate_expired 45 | unknown_ca 48
        haproxy-tcp good                    | accepted         | certificate_expired 45 | unknown_ca 48
        nginx-http other-strings            | accepted         |                        |
        haproxy-tcp other-strings           | accepted         |                        |
        nginx-http odd-dates                | not_der          |                        |
        nginx-http twenty                   | accepted         |                        |
        haproxy-tcp twenty-shuffled         | accepted         |                        |
        """;

    /// <summary>Those of one group know of each other: the leaf alone is incomplete because a good server presents the missing certificate.</summary>
    public static IReadOnlyList<IReadOnlyList<RepeatedCase>> Groups { get; } = [Read(Answers), Read(Drops), Read(Fronts), Read(Chains)];

    public static IReadOnlyList<RepeatedCase> Cases { get; } = [.. Groups.SelectMany(group => group)];

    private static List<RepeatedCase> Read(string cells)
    {
        var lines = cells.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        var rows = lines[1..].Select(row => row.Zip(lines[0]).ToDictionary(cell => cell.Second, cell => cell.First));
        return
        [
            .. from row in rows
               from credential in lines[0][1..].Except([MustRejectNone])
               where row[credential].Length > 0
               let refusal = credential == "good" ? row.GetValueOrDefault(MustRejectNone, "") : ""
               select new RepeatedCase(row["server"], credential, Verdicts(row[credential]), refusal.Length > 0 ? Verdicts(refusal) : null),
        ];
    }

    private static string[] Verdicts(string cell) => cell switch
    {
        "accepted" => [cell],
        "closed" => ["unconfirmed application closed"],
        "silent" => ["unconfirmed application timeout"],
        "dropped" => [.. Verdicts("closed"), .. Verdicts("silent")], // a reset, or silence if haproxy has the right to TCP_REPAIR
        "misdirected" => ["failed protocol misdirected"],
        "not_told" => ["unconfirmed protocol no_confirmation"],
        "let_in" => ["accepted enforcement not_refused"],
        "not_requested" => ["accepted enforcement not_requested"],
        "not_der" => ["failed server_certificate constraint_violated"],
        "untrusted_issuer" or "incomplete_chain" => [$"failed server_certificate {cell}"],
        _ => [$"rejected client_certificate {cell}"],
    };
}

/// <summary>One cell of the table.</summary>
/// <param name="Server">The name in <see cref="Servers.RepeatedServers"/>.</param>
/// <param name="Verdicts">Any of these is right.</param>
/// <param name="WithoutCertificate">The right verdicts of a probe without a certificate, which the server must refuse; null: no such probe.</param>
internal sealed record RepeatedCase(string Server, string Credential, IReadOnlyList<string> Verdicts, IReadOnlyList<string>? WithoutCertificate)
{
    /// <summary>The server can be silent until the timeout.</summary>
    public bool TakesAllTime => Verdicts.Contains("unconfirmed application timeout");
}
