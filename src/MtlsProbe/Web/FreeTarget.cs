using MtlsProbe.Api;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Web;

/// <summary>An address that is not configured, with the parameters of a request to <c>/probe</c>, in the grammar of the configuration.</summary>
internal sealed class FreeTarget
{
    private const int MostShown = 300;

    private Refusal? _refusal;

    private FreeTarget()
    {
    }

    /// <summary>Exactly one of the two is null.</summary>
    public static (Target? Target, Refusal? Refusal) Read(string name, IQueryCollection query, Configuration configuration, Protocols protocols)
    {
        var free = new FreeTarget();
        var address = free.Value("target", name, Grammar.Address, "is not a target of the configuration, and ");
        var identity = Given("identity") is { } i ? free.Value("identity", i, Grammar.Name) : Identity.None;
        var trust = Given("trust") is { } t ? free.Value("trust", t, Grammar.Name) : TrustSource.System;
        var serverName = Given("server_name") is { } s ? free.Value("server_name", s, Grammar.ServerName) : address?.Host.TrimEnd('.');
        var serverId = Given("server_id") is { } id ? free.Value("server_id", id, ServerIdGrammar.Id) : null;
        var protocol = Given("protocol") is { } p ? free.Value("protocol", p, protocols.Named) : protocols.Default;
        if (free._refusal is not null) return (null, free._refusal);
        if (identity != Identity.None && configuration.Identities.All(candidate => candidate.Name != identity))
            return (null, new(StatusCodes.Status404NotFound, "No identity with that name is configured."));
        if (trust != TrustSource.System && configuration.Trusts.All(candidate => candidate.Name != trust))
            return (null, new(StatusCodes.Status404NotFound, "No trust bundle with that name is configured."));
        return (new Target
        {
            Name = name,
            Address = address!,
            ServerName = serverName!,
            ServerId = serverId is null ? null : ServerIdentity.OneOf(serverId),
            ChecksName = serverId is null || Given("server_name") is not null,
            Protocol = protocol!.Plain,
            Identity = identity!,
            Trust = trust!,
        }, null);

        string? Given(string parameter) => query[parameter].ToString() is { Length: > 0 } text ? text : null;
    }

    /// <summary>The value of a parameter; the first mistake becomes the refusal.</summary>
    private T? Value<T>(string parameter, string text, Func<string, Reading<T>> grammar, string before = "")
    {
        var reading = PastedSecret.Is(text) ? Reading<T>.Withheld(PastedSecret.Problem, PastedSecret.Hint) : grammar(text);
        if (reading is not { Problem: { } problem, Hint: var hint }) return reading.Value;
        var shown = reading.IsWithheld ? "" : $"\"{VisibleText.Of(text, MostShown, ascii: false)}\" {before}";
        var advice = hint is null ? "" : $": {VisibleText.Of(hint, MostShown, ascii: false)}";
        _refusal ??= new(StatusCodes.Status400BadRequest, $"{parameter}: {shown}{problem}{advice}.");
        return default;
    }
}
