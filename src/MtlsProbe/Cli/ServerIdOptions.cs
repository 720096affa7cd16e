using System.CommandLine;
using System.CommandLine.Parsing;
using MtlsProbe.Config;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary>The flags of <c>mtlsprobe probe</c> for the SPIFFE IDs that the servers must have.</summary>
internal sealed class ServerIdOptions
{
    public const string IdFlag = "--server-id";
    public const string DomainFlag = "--server-trust-domain";

    private Option<string[]> Ids { get; } = Options.ListOf(
        IdFlag, "ID", "The SPIFFE ID that the certificate must have, as in spiffe://prod.example/payments; may be given several times: one of them.", text => ServerIdGrammar.Id(text).Of(text));

    private Option<string?> Domain { get; } = Options.Of(DomainFlag, "NAME", "Instead of --server-id: any SPIFFE ID of this trust domain.", ServerIdGrammar.Domain);

    public IReadOnlyList<Option> All => [Ids, Domain];

    /// <summary>Null if no ID is required.</summary>
    public ServerIdentity? Of(ParseResult parsed) =>
        parsed.GetValue(Domain) is { } domain ? ServerIdentity.Of(domain)
        : parsed.GetValue(Ids) is { Length: > 0 } ids ? ServerIdentity.OneOf([.. ids.Select(text => ServerIdGrammar.Id(text).Value!).Distinct()])
        : null;

    /// <param name="has">Whether an option is given.</param>
    public void Validate(CommandResult command, Func<Option, bool> has)
    {
        if (has(Ids) && has(Domain)) command.AddError($"{IdFlag} and {DomainFlag} exclude each other");
        if (has(Ids) && command.GetResult(Ids)!.Tokens.Count > ServerIdGrammar.MostIds) command.AddError($"{IdFlag} can be given at most {ServerIdGrammar.MostIds} times");
    }
}
