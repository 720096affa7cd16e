using System.Text.Json.Serialization;

namespace MtlsProbe.Model;

/// <summary>How near the expiry of a certificate is, by the thresholds of the alerts; the worst first. The names are a contract.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<ExpiryLevel>))]
internal enum ExpiryLevel
{
    /// <summary>It has expired.</summary>
    Expired,

    /// <summary>An alert of severity critical fires.</summary>
    Critical,

    /// <summary>An alert of severity warning fires.</summary>
    Warning,

    /// <summary>It does not expire soon, but its last renewal came late.</summary>
    Late,
}
