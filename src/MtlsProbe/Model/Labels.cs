using System.Text.Json;

namespace MtlsProbe.Model;

/// <summary>The snake_case spelling of enum members, for metric labels and sentences, as in JSON.</summary>
internal static class Labels
{
    /// <summary>The member's name as the contract spells it. Computed once per member.</summary>
    public static string Label<TEnum>(this TEnum value)
        where TEnum : struct, Enum => Cache<TEnum>.Names.TryGetValue(value, out var name) ? name : value.ToString();

    private static class Cache<TEnum>
        where TEnum : struct, Enum
    {
        public static readonly Dictionary<TEnum, string> Names =
            Enum.GetValues<TEnum>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
    }
}
