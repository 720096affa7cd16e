using System.Text.Json;
using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>
/// Why a probe did not succeed: one entry of the closed taxonomy in <see cref="Reasons"/>. The label is a contract.
/// </summary>
/// <param name="Class">Where the fault is.</param>
/// <param name="Label">The label value, unique within its class.</param>
/// <param name="Sentence">What happened, for a person.</param>
/// <param name="Hint">What to do next.</param>
[JsonConverter(typeof(ReasonConverter))]
internal sealed record Reason(FailureClass Class, string Label, string Sentence, string Hint)
{
    /// <summary>As accepted by <c>mtlsprobe explain</c>: the label, preceded by the class if two classes have the same label.</summary>
    public string Name => Reasons.All.Count(other => other.Label == Label) > 1 ? $"{Class.Label()}/{Label}" : Label;

    /// <summary>The command that prints all that is known about it.</summary>
    public string Command => $"mtlsprobe explain {Name}";

    public override string ToString() => Label;
}

/// <summary>A reason is written to JSON as its label.</summary>
internal sealed class ReasonConverter : JsonConverter<Reason>
{
    public override Reason Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Result records are written, never read.");

    public override void Write(Utf8JsonWriter writer, Reason value, JsonSerializerOptions options) => writer.WriteStringValue(value.Label);
}
