using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// XMPP (RFC 6120) with STARTTLS (§5) or immediate TLS (XEP-0368). Inside TLS the probe opens a new stream, and its features decide, or the answer to
/// a following SASL EXTERNAL (§6). Authorization comes later.
/// </summary>
internal sealed record Xmpp : ServiceProtocol
{
    private const int ServerPort = 5269;
    private const string StartTls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    private const string Close = "</stream:stream>";

    /// <summary>With an empty message, which is written as <c>=</c> (RFC 6120 §6.4.2).</summary>
    private const string Auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";

    private readonly string _name;

    private Xmpp(string name) => _name = name;

    public static ProtocolGrammar Grammar { get; } = Described("xmpp", "opens a stream after STARTTLS", 5222);

    public static ProtocolGrammar OverTls { get; } = Described("xmpps", "opens a stream", 5223);

    /// <summary>Null: the server name of the target.</summary>
    public string? Domain { get; init; }

    /// <summary>Whether to speak as a server to another server.</summary>
    public bool IsServer { get; init; }

    public override string Name => _name;

    public override string Summary => $"a stream{(Domain is null ? "" : $" to {Domain}")}{Logins.Summary(Login)}";

    public override string? OpensslStarttls => !BeginsInClearText ? null : IsServer ? "xmpp-server" : "xmpp";

    protected override bool BeginsInClearText => Name == "xmpp";

    public override IEnumerable<(string Flag, string Value)> Flags() =>
    [
        .. base.Flags(),
        .. Domain is null ? [] : ((string, string)[])[("--xmpp-domain", Domain)],
        .. IsServer ? ((string, string)[])[("--xmpp-server", "true")] : [],
    ];

    protected override byte[] Asked(Target target) => Encoding.ASCII.GetBytes(Open(target) + (Login is null ? "" : Auth) + Close);

    protected override async Task<string?> BeginAsync(Stream clear, Target target, CancellationToken cancellation)
    {
        await SayAsync(clear, Open(target), cancellation).ConfigureAwait(false);
        var tags = new XmlTags(clear);
        var offers = false;
        while (true)
        {
            var name = XmlTags.LocalName(await tags.ReadAsync(cancellation).ConfigureAwait(false));
            if (name == "error") return Told(await ErrorAsync(tags, cancellation).ConfigureAwait(false));
            offers |= name == "starttls";
            if (name == "/features") break;
        }

        if (!offers) return "the server does not offer STARTTLS";
        await SayAsync(clear, StartTls, cancellation).ConfigureAwait(false);
        var answer = await tags.ReadAsync(cancellation).ConfigureAwait(false);
        if (XmlTags.LocalName(answer) != "proceed") return Answers.Said($"<{answer}>");
        return answer.EndsWith('/') || await tags.ReadAsync(cancellation).ConfigureAwait(false) == "/proceed" ? null : Answers.Said($"<{answer}>");
    }

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        await SayAsync(session, Open(target), cancellation).ConfigureAwait(false);
        var tags = new XmlTags(session);
        while (true)
        {
            var tag = await tags.ReadAsync(cancellation).ConfigureAwait(false);
            switch (XmlTags.LocalName(tag))
            {
                case "features" when Login is not null:
                    var judged = await LogInAsync(session, tags, tag.EndsWith('/'), cancellation).ConfigureAwait(false);
                    await SayAsync(session, Close, cancellation).ConfigureAwait(false);
                    return judged;
                case "features":
                    await SayAsync(session, Close, cancellation).ConfigureAwait(false);
                    return Answers.SessionStands("the server answered with the features of its stream");
                case "error":
                    return Judged(await ErrorAsync(tags, cancellation).ConfigureAwait(false));
                case "?xml" or "stream":
                    continue;
                default:
                    throw new MalformedException(Answers.Said($"<{tag}>"));
            }
        }
    }

    private async Task<ServerAnswer> LogInAsync(Stream session, XmlTags tags, bool hasNoFeatures, CancellationToken cancellation)
    {
        var isOffered = false;
        while (!hasNoFeatures)
        {
            var name = XmlTags.LocalName(await tags.ReadAsync(cancellation).ConfigureAwait(false));
            isOffered |= name == "/mechanism" && tags.Text.Trim() == "EXTERNAL";
            if (name == "/features") break;
            if (name == "/stream") throw new MalformedException("the server ended the stream among its features");
        }

        if (!isOffered) return Logins.NotOffered("EXTERNAL", HasToRefuse);
        await SayAsync(session, Auth, cancellation).ConfigureAwait(false);
        var answer = await tags.ReadAsync(cancellation).ConfigureAwait(false);
        return XmlTags.LocalName(answer) switch
        {
            "success" => Logins.Succeeded("the server answered EXTERNAL with success"),
            "failure" => Failed(answer.EndsWith('/') ? [] : await ErrorAsync(tags, cancellation).ConfigureAwait(false)),
            "error" => Judged(await ErrorAsync(tags, cancellation).ConfigureAwait(false)),
            _ => Logins.Undecided(Answers.Said($"<{answer}>")),
        };
    }

    /// <summary>The conditions of a failed login (RFC 6120 §6.5).</summary>
    private ServerAnswer Failed(List<string> said)
    {
        var detail = $"the server refused the login: {Answers.Quoted(string.Join(", ", said))}";
        return said.FirstOrDefault() switch
        {
            "not-authorized" or "invalid-authzid" or "account-disabled" or "credentials-expired" => Logins.Refused(Login, HasToRefuse, detail, ""),
            "temporary-auth-failure" => Logins.Down(detail),
            _ => said.Exists(Answers.SpeaksOfCertificate) ? Answers.Refused(detail) : Logins.Undecided(detail),
        };
    }

    /// <summary>The conditions of a stream error (RFC 6120 §4.9.3).</summary>
    /// <param name="said">The condition, and its text.</param>
    private static ServerAnswer Judged(List<string> said)
    {
        var detail = Told(said);
        if (said.Exists(Answers.SpeaksOfCertificate)) return Answers.Refused(detail);
        return said.FirstOrDefault() switch
        {
            "system-shutdown" or "resource-constraint" or "reset" => Answers.Down(detail),
            "host-unknown" or "host-gone" or "improper-addressing" =>
                Answers.Unwilling(detail, "Set xmpp.domain of this target (probe: --xmpp-domain) to a domain of the server."),
            _ => Answers.Unclear(detail, ", and the certificate may or may not be the cause", "The server's log at the time of the probe says why it does not continue."),
        };
    }

    private static string Told(List<string> said) =>
        $"the server answered with the stream error {Answers.Quoted(string.Join(", ", said))}";

    /// <summary>A stream error: its condition, and its text.</summary>
    private static async Task<List<string>> ErrorAsync(XmlTags tags, CancellationToken cancellation)
    {
        var words = new List<string>();
        while (true)
        {
            var name = XmlTags.LocalName(await tags.ReadAsync(cancellation).ConfigureAwait(false));
            if (!string.IsNullOrWhiteSpace(tags.Text)) words.Add(tags.Text.Trim());
            if (name is "/error" or "/failure" or "/stream") return words;
            if (!name.StartsWith('/') && name != "text") words.Add(name);
        }
    }

    private static ProtocolGrammar Described(string name, string does, int port) => new()
    {
        Name = name,
        Does = does,
        DefaultPort = port,
        PortByKeys = spoken => spoken is Xmpp { IsServer: true, BeginsInClearText: true } ? ServerPort : null,
        Block = "xmpp",
        Logins = LoginKinds.External,
        LoginProblem = (_, spoken) => spoken is Xmpp { IsServer: true } ? ("the prober does not support logins between servers", "remove it, or xmpp.server") : null,
        Keys = ["domain", "server"],
        Flags =
        [
            new("--xmpp-domain", "domain", "NAME", "The domain to open a stream to. Default: the server name.", Config.Grammar.ServerName),
            new("--xmpp-server", "server", "BOOL", "true: as a server-to-server connection, by default on port 5269.", text => Config.Grammar.Flag(text).Of(text)),
        ],
        Read = block => new Xmpp(name)
        {
            Domain = block.Read("domain", Config.Grammar.ServerName)?.Value,
            IsServer = block.Read("server", Config.Grammar.Flag)?.Value ?? false,
        },
    };

    /// <summary>A valid server name contains no character that is special in XML.</summary>
    private string Open(Target target) =>
        $"<?xml version='1.0'?><stream:stream to='{Domain ?? target.ServerName}' xmlns='jabber:{(IsServer ? "server" : "client")}' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

    private static ValueTask SayAsync(Stream stream, string words, CancellationToken cancellation) => stream.WriteAsync(Encoding.ASCII.GetBytes(words), cancellation);
}
