using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>How near the end of a certificate is, by the thresholds of the alerts; the worst first. The names are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ExpiryLevel>))]
internal enum ExpiryLevel
{
    /// <summary>It has ended.</summary>
    Expired,

    /// <summary>An alert of severity critical fires.</summary>
    Critical,

    /// <summary>An alert of severity warning fires.</summary>
    Warning,

    /// <summary>Nothing expires soon, but it was last renewed when little of its lifetime was left.</summary>
    Late,
}
