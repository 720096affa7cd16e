using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using MtlsProbe.Api;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Web;

namespace MtlsProbe.Fuzz;

/// <summary>The query string of the API and of <c>/probe</c>.</summary>
internal sealed class QueryEntry : FuzzEntry
{
    private const int LongestSentence = 20_000;

    private static readonly Configuration s_configuration = ConfigurationFile.Parse(
        "identities: { i: { current: { certificate: c, key: k } } }\ntargets: [{ name: a, address: 'a.test:443' }]\nweb: { allow_free_targets: true }", "/fuzz/m.yml", BuiltInProtocols.All).Configuration!;

    public override string Name => "query";

    public override string Does => "parameters of the API and of /probe";

    public override IReadOnlyList<string> Tokens =>
    [
        "&", "=", "%", "%00", "%1b", "%e2%80%ae", "+", "q=", "target=", "address=", "identity=", "slot=", "expect=", "state=", "class=", "reason=", "label=", "sort=", "page=", "limit=", "role=", "format=csv",
        "server_name=", "server_id=spiffe://a/b", "trust=system", "protocol=", "debug=true", "current", "next", "accept", "reject", "a=b", "-severity", "a.test:443", "[::1]:443",
        .. BuiltInProtocols.All.Grammars.Select(grammar => grammar.Name), .. HandshakeOrder.Columns, .. CertificateQuery.Columns,
    ];

    public override IReadOnlyList<string> Reached => ["allowed, a target", "refused, no target"];

    public override IEnumerable<byte[]> Seeds() =>
    [
        "q=a+b&target=a&address=a.test:443&identity=none&slot=current&expect=accept&label=a%3Db&sort=-severity&page=1&limit=10"u8.ToArray(),
        "target=a.test:443&identity=i&trust=system&server_name=b.test&protocol=smtp&debug=true"u8.ToArray(),
        "target=a&state=ok,pending&class=network&reason=expired"u8.ToArray(),
        "target=a&label=a%3Db"u8.ToArray(),
        "page=0&colour=red"u8.ToArray(),
    ];

    public override string Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var query = new ApiQuery(
            new QueryCollection(QueryHelpers.ParseQuery(text)), "q", "target", "address", "identity", "slot", "expect", "state", "class", "reason", "label", "sort", "page", "limit", "role", "format");
        var paging = query.Paging(100, 500);
        Claim.Holds(paging is { Page: >= 1, Limit: >= 1 and <= 500 }, "an invalid page");
        Claim.Holds(query.Words("q").Count <= 8 && query.Many("target").Count <= 100 && query.Labels("label").Count <= 100, "there is no bound");
        _ = (query.Many("address"), query.Many("identity"), query.ManyOf("reason", ["expired"]));
        _ = (query.Choice<Slot>("slot"), query.Choice<Expectation>("expect"), query.Choices<Condition>("state"), query.Choices<FailureClass>("class"), query.Choices<CertificateRole>("role"));
        _ = query.OneOf("format", "json", ["json", "csv"]);
        var (column, descending) = query.Sort(HandshakeOrder.Default.Column, HandshakeOrder.Columns);
        _ = new HandshakeOrder(column, descending).Sort([]);
        Claim.Visible(query.Refusal?.Sentence, "the refusal", LongestSentence);
        return $"{(query.Refusal is null ? "allowed" : "refused")}, {Probe(text)}";
    }

    private static string Probe(string text)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new QueryString("?" + text);
        var (request, refusal) = ProbeRequest.Read(http.Request, s_configuration, BuiltInProtocols.All);
        Claim.Holds((request is null) != (refusal is null), "neither a target nor a refusal, or both");
        Claim.Visible(refusal?.Sentence, "the refusal of a probe", LongestSentence);
        if (request is not null) Claim.Visible(request.Target.Address.ToString(), "the address", 300);
        return request is null ? "no target" : "a target";
    }
}
