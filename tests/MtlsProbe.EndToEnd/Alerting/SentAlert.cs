using System.Text.Json;

namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>An alert as sent by Alertmanager, in a notification or by its API.</summary>
internal sealed record SentAlert(IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations)
{
    private static readonly string[] s_subjects = ["target", "trust", "identity", "instance"];

    public string Name => Labels["alertname"];

    /// <summary>Its subject: a target if it names one, otherwise a trust bundle or a credential, otherwise an exporter; the watchdog has none.</summary>
    public string Subject => s_subjects.Select(label => Labels.GetValueOrDefault(label)).FirstOrDefault(value => value is not null) ?? "";

    /// <summary>All its labels, which identify the alert.</summary>
    public string Series => string.Join(", ", Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));

    public static SentAlert Read(JsonElement alert) => new(Texts(alert.GetProperty("labels")), Texts(alert.GetProperty("annotations")));

    public override string ToString() =>
        $"{{{Series}}} {Annotations.GetValueOrDefault("description")}";

    private static Dictionary<string, string> Texts(JsonElement map) => map.EnumerateObject().ToDictionary(text => text.Name, text => text.Value.GetString()!);
}
