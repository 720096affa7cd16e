using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>The flags of <c>mtlsprobe probe</c> for the path of the connections.</summary>
internal sealed class WayOptions
{
    private Option<ProxyServer?> Proxy { get; } = Options.Of("--proxy", "URL", "Connect through this proxy: http://HOST:PORT (CONNECT) or socks5://HOST:PORT. It resolves the names of servers.", WayGrammar.Url);

    private Option<string?> Username { get; } = Options.Of("--proxy-username", "NAME", "User name for the proxy, with --proxy-password-file.", WayGrammar.Username);

    private Option<string?> PasswordFile { get; } = Options.Of("--proxy-password-file", "FILE", "File with its password.", Grammar.FilePath);

    private Option<ProxyHeader> Header { get; } = Options.Of("--proxy-protocol", "v1|v2", "Send a PROXY header before anything else.", WayGrammar.Header).Offering("v1", "v2");

    private Option<IPAddress?> Source { get; } = Options.Of("--source-address", "IP", "Local address to connect from.", WayGrammar.Source);

    public IReadOnlyList<Option> All => [Proxy, Username, PasswordFile, Header, Source];

    public Way Of(ParseResult parsed)
    {
        var way = new Way { Proxy = parsed.GetValue(Proxy), ProxyProtocol = parsed.GetValue(Header), SourceAddress = parsed.GetValue(Source) };
        if (way.Proxy is { } proxy && parsed.GetValue(PasswordFile) is { } file) way = way with { Proxy = proxy with { Username = parsed.GetValue(Username), PasswordFile = Path.GetFullPath(file) } };
        return way == Way.Direct ? Way.Direct : way;
    }

    /// <param name="has">Whether an option is given.</param>
    public void Validate(CommandResult command, Func<Option, bool> has)
    {
        if (has(Username) && !has(Proxy)) command.AddError($"{Username.Name} needs {Proxy.Name}");
        if (has(PasswordFile) && !has(Username)) command.AddError($"{PasswordFile.Name} needs {Username.Name}");
        if (has(Username) && !has(PasswordFile)) command.AddError($"{Username.Name} needs {PasswordFile.Name}");
    }
}
