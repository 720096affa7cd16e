using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MtlsProbe.EndToEnd.Dashboards;

/// <summary>Reads JSON with properties that can be missing, and texts with names in them.</summary>
internal static class JsonReading
{
    /// <summary>The text of a property; empty if there is none.</summary>
    public static string Text(this JsonNode? json, string property) => (string?)json?[property] ?? "";

    /// <summary>The objects of a list; none if there is no list.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? list) => list?.AsArray().Select(item => item!.AsObject()) ?? [];

    /// <summary>The matches of a group, for each match of the pattern in the text.</summary>
    public static IEnumerable<string> All(this Regex pattern, string text, string group) =>
        pattern.Matches(text).Select(match => match.Groups[group].Value);
}
