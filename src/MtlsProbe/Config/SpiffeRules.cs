using MtlsProbe.Certificates;
using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Reads the blocks <c>spiffe</c> of a credential and of a trust bundle.</summary>
internal static class SpiffeRules
{
    public const string Key = "spiffe";

    /// <summary>For hints.</summary>
    public const string BundleForm = "spiffe: { trust_domain: NAME }";

    private const string Socket = "socket";

    /// <summary>Characters of a hint, which an operator chooses.</summary>
    private const int MaxHint = 256;

    /// <summary>Null where the block is absent or wrong, which is reported.</summary>
    public static SpiffeSvid? ReadSvid(Section credential)
    {
        if (credential.Open(Key, "id", "hint", Socket) is not { } block) return null;
        var (id, hint, socket) = (block.Read("id", Id), block.Read("hint", Hint), block.Read(Socket, Endpoint));
        return block.IsIntelligible && id is null or { Valid: true } && hint is null or { Valid: true } && socket is null or { Valid: true }
            ? new SpiffeSvid(socket?.Value) { Id = id?.Value, Hint = hint?.Value }
            : null;
    }

    /// <summary>Null where the block is absent or wrong, which is reported.</summary>
    public static SpiffeBundle? ReadBundle(Section trust)
    {
        if (trust.Open(Key, "trust_domain", Socket) is not { } block) return null;
        var (domain, socket) = (block.Read("trust_domain", ServerIdGrammar.Domain), block.Read(Socket, Endpoint));
        return block.IsIntelligible && domain is null or { Valid: true } && socket is null or { Valid: true } ? new SpiffeBundle(socket?.Value, domain?.Value) : null;
    }

    /// <summary>Where a Workload API is.</summary>
    public static Reading<SpiffeEndpoint> Endpoint(string text) =>
        SpiffeEndpoint.TryParse(text, out var problem) is { } endpoint ? endpoint
        : Reading<SpiffeEndpoint>.Wrong($"is not the address of a Workload API: it {problem}", SpiffeEndpoint.Form);

    private static Reading<string> Id(string text) =>
        SpiffeId.TryParse(text) is { Path.Length: > 0 } ? text
        : Reading<string>.Wrong($"is not the SPIFFE ID of a workload: it {SpiffeId.Problem(text) ?? "has no path"}", "spiffe://TRUST-DOMAIN/PATH, as in spiffe://prod.example/checkout");

    private static Reading<string> Hint(string text) =>
        text.Length is > 0 and <= MaxHint && !text.Any(char.IsControl) ? text : Reading<string>.Wrong("is not a hint", $"a word of at most {MaxHint} characters, as the registration entry has it");
}
