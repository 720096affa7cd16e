using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MtlsProbe.Api;
using MtlsProbe.Handshake;
using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Rotation;

namespace MtlsProbe.Tests.Web;

/// <summary>docs/openapi.yaml describes what is served: nothing less, and nothing more.</summary>
public partial class ApiDescriptionTests
{
    private const string Targets = """
        targets:
        - { name: payments, address: "payments.internal:8443", identity: checkout, labels: { team: money } }
        identities: { checkout: { current: { certificate: a.crt, key: a.key } } }
        """;

    private static readonly ApiDescription s_api = ApiDescription.Shipped;

    /// <summary>Headers for browsers and intermediaries: no client reads anything about the fleet from them.</summary>
    private static readonly string[] s_ofHttp =
    [
        "Date", "Server", "Transfer-Encoding", "Content-Length", "Content-Type", "Cache-Control", "Vary",
        "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy",
        "Content-Disposition", // only for the CSV
    ];

    [Fact]
    public async Task Every_path_that_is_served_is_described_and_every_one_described_is_served()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        var under = served.Routes.Where(route => route.Path.StartsWith("/api/", StringComparison.Ordinal)).ToList();

        // One sentence describes HEAD for all paths.
        Assert.All(under.Where(route => route.Method == "HEAD"), route => Assert.Contains(route with { Method = "GET" }, under));
        Assert.Equal(
            under.Where(route => route.Method != "HEAD").Select(route => $"{route.Method} {route.Path}").Order(),
            s_api.Operations.Select(operation => $"{operation.Method} {operation.Path}").Order());
    }

    [Fact]
    public async Task Every_answer_is_as_it_is_described()
    {
        foreach (var (method, path, request, answer) in await ApiAnswers.AllAsync())
        {
            var operation = s_api.Operation(method, path);
            var bodies = operation.Responses.ContainsKey(answer.Status) ? operation.Bodies(answer.Status) : throw new KeyNotFoundException($"{method} {request}: {answer.Status}");
            Assert.All(operation.Headers(answer.Status), header => Assert.Contains(header, answer.Headers.Keys, StringComparer.OrdinalIgnoreCase));
            Assert.True(answer.Headers.Keys.Except(operation.Headers(answer.Status)).Except(s_ofHttp, StringComparer.OrdinalIgnoreCase).ToList() is [], $"{method} {request}, {answer.Status}: {string.Join(", ", answer.Headers.Keys)}");
            if (bodies.Count == 0)
            {
                Assert.Empty(answer.Body);
                continue;
            }

            var type = answer.Headers["Content-Type"].Split(';')[0];
            Assert.True(bodies.TryGetValue(type, out var schema), $"{method} {request}: {type}");
            if (!type.EndsWith("json", StringComparison.Ordinal)) continue;
            using var body = JsonDocument.Parse(answer.Body);
            Assert.True(s_api.Mistakes(schema!, body.RootElement) is [], $"{method} {request}: {string.Join("; ", s_api.Mistakes(schema!, body.RootElement).Take(5))}");
        }
    }

    [Fact]
    public async Task Every_described_answer_occurs()
    {
        var given = (await ApiAnswers.AllAsync()).Select(answer => $"{answer.Method} {answer.Path} {answer.Answer.Status}");
        var described = s_api.Operations.SelectMany(operation => operation.Responses.Keys.Select(status => $"{operation.Method} {operation.Path} {status}"));
        Assert.Equal(described.Order(), given.Distinct().Order());
        Assert.Equal(
            s_api.Operations.SelectMany(operation => operation.Responses.Keys.SelectMany(status => operation.Bodies(status).Keys)).Distinct().Order(),
            (await ApiAnswers.AllAsync()).Where(answer => answer.Answer.Body.Length > 0).Select(answer => answer.Answer.Headers["Content-Type"].Split(';')[0]).Distinct().Order());
    }

    [Fact]
    public async Task Every_field_that_is_described_has_a_value_in_some_answer()
    {
        var values = new DescribedValues(s_api);
        foreach (var (method, path, _, answer) in await ApiAnswers.AllAsync())
        {
            var operation = s_api.Operation(method, path);
            if (answer.Body.Length == 0) continue;
            var type = answer.Headers["Content-Type"].Split(';')[0];
            using var body = JsonDocument.Parse(type.EndsWith("json", StringComparison.Ordinal) ? answer.Body : "\"\""u8.ToArray());
            values.See(operation.Bodies(answer.Status)[type], path, body.RootElement);
        }

        Assert.Empty(values.Unseen);
        Assert.Empty(s_api.Schemas.Select(schema => schema.Key).Except(values.All.Keys).Except(["StateList"])); // of a parameter
    }

    /// <summary>Otherwise an undescribed or missing field would not be noticed.</summary>
    [Fact]
    public void Every_object_that_is_described_is_closed_and_every_field_is_always_there()
    {
        foreach (var (place, schema) in new DescribedValues(s_api).All)
        {
            if (schema["properties"] is not JsonObject properties) continue;
            Assert.True(schema["additionalProperties"]?.GetValueKind() == JsonValueKind.False, place);
            Assert.Equal(properties.Select(property => property.Key), schema["required"]!.AsArray().Select(name => name!.GetValue<string>()));
        }
    }

    [Fact]
    public void The_words_of_the_description_are_those_of_the_program()
    {
        Dictionary<string, IReadOnlyList<string>> words = new()
        {
            ["State"] = All<Condition>(),
            ["state"] = All<Condition>(),
            ["Expiring"] = All<ExpiryLevel>(),
            ["expiring"] = All<ExpiryLevel>(),
            ["group_by"] = [TargetGrouping.Reason, TargetGrouping.Identity],
            ["topic"] = All<EventTopic>(),
            ["tone"] = All<EventTone>(),
            ["Slot"] = All<Slot>(),
            ["slot"] = All<Slot>(),
            ["expect"] = All<Expectation>(),
            ["Outcome"] = All<Outcome>(),
            ["outcome"] = All<Outcome>(),
            ["class"] = All<FailureClass>(),
            ["reason"] = [.. Reasons.All.Select(reason => reason.Label).Distinct()],
            ["phase"] = All<Phase>(),
            ["evidence"] = All<Evidence>(),
            ["confirmed"] = All<Confirmed>(),
            ["Protocol"] = [.. BuiltInProtocols.All.Grammars.Select(protocol => protocol.Name)],
            ["addresses"] = All<AddressChoice>(),
            ["step"] = All<RotationStep>(),
            ["kind"] = All<MissingKind>(),
            ["TimelineKind"] = All<TimelineKind>(),
            ["Role"] = All<CertificateRole>(),
            ["Cause"] = All<EndCause>(),
            ["cause"] = All<EndCause>(),
            ["role"] = All<CertificateRole>(),
            ["use"] = All<StoredUse>(),
            ["note_names[]"] = [ChainNotes.NotStapled, ChainNotes.StapleInvalid, ChainNotes.StapleUnknown],
            ["expected"] = All<Expectation>(),
            ["by"] = All<AccessKey>(),
            ["found"] = All<Access>(),
            ["AccessState"] = All<AccessState>(),
            ["source"] = All<EvidenceSource>(),
            ["status"] = All<RevocationStatus>(),
            ["proxy_protocol"] = [.. All<ProxyHeader>().Skip(1)], // none is null
        };
        foreach (var (place, schema) in new DescribedValues(s_api).All)
        {
            if (schema["enum"] is not JsonArray values) continue;
            if (s_api.Schemas.Any(named => ReferenceEquals(named.Value, schema) && named.Key != place)) continue; // is met under its own name
            var described = values.Where(value => value is not null).Select(value => value!.GetValue<string>());
            Assert.Equal(words[place.Split('.')[^1]], described);
        }

        foreach (var operation in s_api.Operations)
        {
            foreach (var parameter in operation.Parameters.Where(parameter => words.ContainsKey(parameter.Name)))
                Assert.Equal(operation.Path == "/api/v1/matrix" && parameter.Name == "state" ? All<AccessState>() : words[parameter.Name], Words(parameter.Schema["items"]?.AsObject() ?? parameter.Schema));
        }

        Assert.Equal(HandshakeOrder.Columns, Words(Sort("/api/v1/handshakes")));
        Assert.Equal(TargetOrder.Columns, Words(Sort("/api/v1/fleet")));
        Assert.Equal(CertificateQuery.Columns, Words(Sort("/api/v1/certificates")));

        static JsonObject Sort(string path) => s_api.Operation("GET", path).Parameters.Single(parameter => parameter.Name == "sort").Schema;
        static IReadOnlyList<string> All<T>()
            where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => value.Label())];
    }

    [Fact]
    public async Task Every_accepted_parameter_is_described_and_every_described_one_is_accepted()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        foreach (var operation in s_api.Operations)
        {
            var refused = await served.SendAsync(new HttpMethod(operation.Method), $"{Example(operation)}?undescribed=1", ("X-MtlsProbe", "1"));
            Assert.Equal((400, operation.Path), (refused.Status, operation.Path));
            using var problem = JsonDocument.Parse(refused.Body);
            var taken = NamesOf().Match(problem.RootElement.GetProperty("detail").GetString()!) is { Success: true } names ? names.Groups[1].Value.Split(", ") : [];
            Assert.Equal(operation.Parameters.Where(parameter => parameter.In == "query").Select(parameter => parameter.Name).Order(), taken.Order());
        }
    }

    [Fact]
    public async Task Every_parameter_accepts_what_is_described_and_nothing_else()
    {
        await using var served = await ServedFleet.StartAsync(Targets);
        foreach (var operation in s_api.Operations.Where(operation => operation.Method == "GET"))
        {
            var path = Example(operation);
            var plain = await served.GetAsync(path);
            foreach (var (name, _, schema) in operation.Parameters.Where(parameter => parameter.In == "query"))
            {
                var isList = schema["type"]!.GetValue<string>() == "array";
                var item = isList ? schema["items"]!.AsObject() : schema;
                foreach (var value in Good(item))
                {
                    Assert.Equal((200, value), ((await served.GetAsync($"{path}?{name}={Uri.EscapeDataString(value)}")).Status, value));
                    Assert.Equal((isList ? 200 : 400, value), ((await served.GetAsync($"{path}?{name}={Uri.EscapeDataString(value)}&{name}={Uri.EscapeDataString(value)}")).Status, value));
                }

                foreach (var value in Bad(item)) Assert.Equal((400, value), ((await served.GetAsync($"{path}?{name}={Uri.EscapeDataString(value)}")).Status, value));
                if (schema["default"] is { } otherwise) Assert.Equal(plain.Text, (await served.GetAsync($"{path}?{name}={otherwise}")).Text);
            }
        }
    }

    [Fact]
    public async Task A_difference_between_an_answer_and_its_description_is_noticed()
    {
        var answer = (await ApiAnswers.AllAsync()).First(answer => answer.Path == "/api/v1/summary").Answer.Text;
        static IReadOnlyList<string> Mistakes(ApiDescription api, string text)
        {
            using var body = JsonDocument.Parse(text);
            return api.Mistakes(api.Operation("GET", "/api/v1/summary").Bodies(200)["application/json"], body.RootElement);
        }

        Assert.Empty(Mistakes(s_api, answer));
        Assert.NotEmpty(Mistakes(s_api, answer.Replace("\"build\":{", "\"build\":{\"new\":1,", StringComparison.Ordinal)));
        Assert.NotEmpty(Mistakes(s_api, answer.Replace("\"not_asked\"", "\"asked_not\"", StringComparison.Ordinal)));
        Assert.NotEmpty(Mistakes(s_api, answer.Replace("\"ready\":false", "\"ready\":null", StringComparison.Ordinal)));
        Assert.NotEmpty(Mistakes(ApiDescription.Parse(WithoutScheduler().Replace(ApiDescription.ShippedText, "")), answer));
    }

    /// <summary>A path with something at it.</summary>
    private static string Example(ApiOperation operation) =>
        operation.Path.Replace("{name}", operation.Path.Contains("identities", StringComparison.Ordinal) ? "checkout" : "payments", StringComparison.Ordinal);

    /// <summary>The alternatives of an enumeration, or of a pattern that has them.</summary>
    private static string[] Words(JsonObject schema) => schema["enum"] is JsonArray values
        ? [.. values.Select(value => value!.GetValue<string>())]
        : AlternativesOf().Match(schema["pattern"]!.GetValue<string>()).Groups[1].Value.Split('|');

    private static IEnumerable<string> Good(JsonObject schema)
    {
        if (schema["type"]!.GetValue<string>() == "integer") return [schema["minimum"]!.ToString(), schema["maximum"]!.ToString()];
        if (schema["enum"] is not null) return Words(schema);
        if (schema["pattern"]?.GetValue<string>() is not { } pattern) return schema["maxLength"] is { } most ? ["payments", new string('x', most.GetValue<int>())] : ["payments"];
        string[] words = pattern.Contains('|', StringComparison.Ordinal) ? Words(schema) : ["team=money"];
        IEnumerable<string> values = [.. words, .. words.Select(word => $"-{word}"), string.Join(',', words)];
        return values.Where(value => Regex.IsMatch(value, pattern));
    }

    private static IEnumerable<string> Bad(JsonObject schema) => schema["type"]!.GetValue<string>() == "integer"
        ? [$"{schema["minimum"]!.GetValue<int>() - 1}", $"{schema["maximum"]!.GetValue<int>() + 1}", "x", ""]
        : schema["enum"] is not null || schema["pattern"] is not null ? ["nonsense", "", ",", "--"]
        : schema["maxLength"] is { } most ? [new string('x', most.GetValue<int>() + 1)] : [];

    /// <summary>The parameters that a refusal lists.</summary>
    [GeneratedRegex(@"these are: (.+)\.$")]
    private static partial Regex NamesOf();

    [GeneratedRegex(@"\(([a-z0-9_|]+)\)")]
    private static partial Regex AlternativesOf();

    /// <summary>The field <c>scheduler</c> of the summary, with its content.</summary>
    [GeneratedRegex(@"(?m)^ {8}scheduler:\n( {10}.*\n)+")]
    private static partial Regex WithoutScheduler();
}
