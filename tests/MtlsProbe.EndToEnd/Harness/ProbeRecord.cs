using System.Text.Json;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>A result record as a user's program would read it: by the names of the contract.</summary>
internal sealed class ProbeRecord(JsonElement json)
{
    public string Target => Text("target")!;

    public string Address => Text("address")!;

    public string Identity => Text("identity")!;

    public string Slot => Text("slot")!;

    public string Expect => Text("expect")!;

    public string Outcome => Text("outcome")!;

    public bool Success => json.GetProperty("success").GetBoolean();

    public string? Evidence => Text("evidence");

    /// <summary>What an answer of the protocol has confirmed: <c>session</c> or <c>login</c>.</summary>
    public string? Confirmed => Text("confirmed");

    public string? Phase => Text("failure", "phase");

    public string? Class => Text("failure", "class");

    public string? Reason => Text("failure", "reason");

    public string? Hint => Text("failure", "hint");

    /// <summary>What the same server did with <c>stranger</c>, <c>none</c> or <c>alpn</c>; null: unknown.</summary>
    public string? Control(string client) => Text("control", client);

    /// <summary>A fact about the way of the connection; null also if it was direct.</summary>
    public string? Way(string fact) => Text("way", fact);

    public int? Alert => At("failure", "alert", "code") is { ValueKind: JsonValueKind.Number } code ? code.GetInt32() : null;

    /// <summary>What was seen, in words.</summary>
    public string? Detail => Text("failure", "detail");

    public string? TlsVersion => Text("tls", "version");

    public bool? Requested => At("client_certificate", "requested") is { } requested ? requested.GetBoolean() : null;

    public string? PresentedSerial => Text("client_certificate", "presented", "serial");

    /// <summary>The serials of the certificates that the server presented, in its order.</summary>
    public IReadOnlyList<string> ServerSerials =>
        [.. json.GetProperty("server_certificates").EnumerateArray().Select(certificate => certificate.GetProperty("serial").GetString()!)];

    public DateTimeOffset LeafNotAfter => json.GetProperty("server_certificates")[0].GetProperty("not_after").GetDateTimeOffset();

    public bool? ChainValid => At("chain", "valid") is { } valid ? valid.GetBoolean() : null;

    public IReadOnlyList<string> ChainErrors =>
        At("chain", "errors") is { } errors ? [.. errors.EnumerateArray().Select(error => error.GetString()!)] : [];

    /// <summary>The statement of each kind of evidence about each certificate of the chain.</summary>
    public IReadOnlyList<(int Depth, string Source, string Status, string? Missing)> Revocation => At("chain", "revocation") is not { } lines ? [] :
    [
        .. lines.EnumerateArray().Select(line => (line.GetProperty("depth").GetInt32(), line.GetProperty("source").GetString()!, line.GetProperty("status").GetString()!, line.GetProperty("missing").GetString())),
    ];

    /// <summary>The verdict in one line: <c>rejected client_certificate expired 45</c>, or <c>accepted</c>.</summary>
    public string Verdict => Class is null ? Outcome : $"{Outcome} {Class} {Reason}{(Alert is { } code ? $" {code}" : "")}";

    /// <summary>A duration of the record in seconds; null for a phase that was not reached.</summary>
    public double? Timing(string phase) => At("timings", phase) is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : null;

    public override string ToString() => json.GetRawText();

    private string? Text(params ReadOnlySpan<string> path) => At(path)?.GetString();

    /// <summary>The value at a path, null if it or a step to it is null. A name that is missing altogether breaks the contract.</summary>
    private JsonElement? At(params ReadOnlySpan<string> path)
    {
        var element = json;
        foreach (var name in path)
        {
            if (element.ValueKind == JsonValueKind.Null) return null;
            Assert.True(element.TryGetProperty(name, out var next), $"the record has no '{name}': {json.GetRawText()}");
            element = next;
        }

        return element.ValueKind == JsonValueKind.Null ? null : element;
    }
}
