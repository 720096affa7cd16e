using System.Text.Json;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>An alert as it comes out at the other end: in a notification, or in Alertmanager's answer.</summary>
/// <param name="Fingerprint">Of the labels, as Alertmanager makes it.</param>
/// <param name="InhibitedBy">Fingerprints of those that mute it; nothing in a notification.</param>
internal sealed record Alert(
    string Fingerprint, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations, IReadOnlyList<string> InhibitedBy)
{
    public string Name => Labels["alertname"];

    public string Severity => Labels["severity"];

    public string? this[string label] => Labels.GetValueOrDefault(label);

    public static Alert Of(JsonElement json) => new(
        json.GetProperty("fingerprint").GetString()!,
        Texts(json.GetProperty("labels")),
        Texts(json.GetProperty("annotations")),
        json.GetProperty("status") is { ValueKind: JsonValueKind.Object } status
            ? [.. status.GetProperty("inhibitedBy").EnumerateArray().Select(id => id.GetString()!)]
            : []);

    public override string ToString() => $"{Name}{{{string.Join(", ", Labels.Where(label => label.Key != "alertname").Select(label => $"{label.Key}={label.Value}"))}}}";

    private static Dictionary<string, string> Texts(JsonElement json) => json.EnumerateObject().ToDictionary(text => text.Name, text => text.Value.GetString()!);
}
