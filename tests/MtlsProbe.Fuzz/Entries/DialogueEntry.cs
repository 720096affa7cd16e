using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>
/// Every protocol except those on HTTP/2, before TLS and inside it. The first byte of an input selects the protocol, the rest is what the server
/// says.
/// </summary>
internal sealed class DialogueEntry : FuzzEntry
{
    /// <summary>The dialogues in the order of the protocols. Kept cases depend on it, so new protocols are appended.</summary>
    private static readonly IReadOnlyList<(Protocol Protocol, bool IsBefore)> s_turns = [.. Turns()];

    public override string Name => "dialogue";

    public override string Does => "words of a server, in each protocol, before TLS and inside it; the first byte selects the protocol";

    public override int MostBytes => 70 * 1024;

    public override IReadOnlyList<string> Tokens =>
    [
        .. HttpEntry.Words, "220 ", "220-", "250 ", "421 ", "+OK", "-ERR ", "* OK ", "* BYE ", "* PREAUTH ", "a1 OK ", "a2 OK ", "a2 NO ", "STARTTLS", "OK", "NO ", "BYE ", "<stream:error>", "<stream:features>", "</", "/>",
        "AMQP", "\"", "S", "SFATAL\0", "C28000\0", "Zertifikat", "証明書",
    ];

    public override IReadOnlyList<string> Reached => ["smtp before: TLS may begin", "postgres before: TLS may begin", "mysql before: TLS may begin", "xmpp before: TLS may begin", "ldap before: TLS may begin"];

    public override IEnumerable<byte[]> Seeds()
    {
        foreach (var (index, (protocol, _)) in s_turns.Index())
        {
            var dialogues = protocol.Login is null ? SeedDialogues.Said : SeedDialogues.AtALogin;
            foreach (var said in dialogues.GetValueOrDefault(protocol.Name, [])) yield return [(byte)index, .. SeedDialogues.Bytes(said)];
        }
    }

    public override string Run(byte[] input)
    {
        if (input.Length == 0) return "nothing";
        var (protocol, isBefore) = s_turns[input[0] % s_turns.Count];
        return $"{protocol.Name} {(isBefore ? "before" : "inside")}: {Dialogue.Run(protocol, isBefore, input[1..])}";
    }

    private static IEnumerable<(Protocol, bool)> Turns()
    {
        foreach (var grammar in BuiltInProtocols.All.Grammars)
        {
            var protocol = grammar.Plain;
            if (protocol.Alpn.Contains("h2")) continue;
            if (protocol.Upgrade is not null) yield return (protocol, true);
            if (protocol.Question is not null) yield return (protocol, false);
        }

        yield return (new MySql { User = "shop" }, false);
        foreach (var grammar in BuiltInProtocols.All.Grammars)
        {
            if (grammar.Logins.HasFlag(LoginKinds.External)) yield return (grammar.Plain with { Login = new ExternalLogin() }, false);
            if (grammar.Logins.HasFlag(LoginKinds.Password)) yield return (grammar.Plain with { Login = new PasswordLogin("shop", "/word") }, false);
        }
    }
}
