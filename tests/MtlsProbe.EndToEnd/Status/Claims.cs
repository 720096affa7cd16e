using System.Globalization;
using System.Text.Json;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Status;

/// <summary>Claims about one handshake, from any source. Null: none.</summary>
/// <param name="ServerExpiry">The expiry of the leaf, in seconds of Unix time.</param>
internal sealed record Claims(
    string Outcome, bool Success, string? Class, string? Reason, string? Alert, string? ServerSerial, double? ServerExpiry, string? ClientSerial, string? Tls, string? Cipher)
{
    /// <summary>From a result record, of the API or of the command line.</summary>
    public static Claims Of(JsonElement record)
    {
        var (failure, tls, client) = (record.GetProperty("failure"), record.GetProperty("tls"), record.GetProperty("client_certificate"));
        var chain = record.GetProperty("server_certificates");
        var leaf = chain.GetArrayLength() > 0 ? chain[0] : default(JsonElement?);
        return new(
            record.GetProperty("outcome").GetString()!,
            record.GetProperty("success").GetBoolean(),
            Text(failure, "class"), Text(failure, "reason"),
            failure.ValueKind == JsonValueKind.Null ? null : Text(failure.GetProperty("alert"), "name"),
            leaf?.GetProperty("serial").GetString(), Seconds(leaf?.GetProperty("not_after")),
            client.ValueKind == JsonValueKind.Null ? null : Text(client.GetProperty("presented"), "serial"),
            Text(tls, "version"), Text(tls, "cipher"));
    }

    /// <summary>From a row of a list, or the same part of a target; these have no cipher suite.</summary>
    public static Claims OfRow(JsonElement row) => new(
        row.GetProperty("outcome").GetString()!,
        row.GetProperty("success").GetBoolean(),
        Text(row, "class"), Text(row, "reason"), Text(row, "alert"),
        Text(row.GetProperty("server"), "serial"), row.GetProperty("server") is { ValueKind: JsonValueKind.Object } server ? Seconds(server.GetProperty("not_after")) : null,
        Text(row.GetProperty("client"), "serial"), Text(row, "tls"), null);

    /// <summary>From the metrics, for a handshake that must be accepted and was made once.</summary>
    public static Claims Of(MetricsText metrics, string target)
    {
        var (name, current) = (("target", target), ("slot", "current"));
        string? Label(string family, string label, params (string, string)[] more) => metrics.All(family, [name, .. more]) is [var one] ? one.Labels[label] : null;
        var alert = Label("mtlsprobe_failure_info", "alert", current);
        return new(
            Assert.Single(metrics.All("mtlsprobe_handshakes_total", name, current), series => series.Value > 0 && series.Labels["identity"] != "none").Labels["outcome"],
            metrics.Value("mtlsprobe_success", name, current) > 0,
            Label("mtlsprobe_failure_info", "class", current), Label("mtlsprobe_failure_info", "reason", current), alert is "" ? null : alert,
            Label("mtlsprobe_presented_serial_info", "serial", current, ("side", "server")),
            metrics.Value("mtlsprobe_server_certificate_not_after_timestamp_seconds", name, ("position", "leaf")),
            Label("mtlsprobe_presented_serial_info", "serial", current, ("side", "client")),
            Label("mtlsprobe_tls_info", "version"), Label("mtlsprobe_tls_info", "cipher"));
    }

    private static string? Text(JsonElement at, string name) => at.ValueKind == JsonValueKind.Null ? null : at.GetProperty(name).GetString();

    private static double? Seconds(JsonElement? time) =>
        time is { } value ? DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture).ToUnixTimeSeconds() : null;
}
