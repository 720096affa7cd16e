using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>The object identifiers of the extended key usage (RFC 5280 §4.2.1.12).</summary>
internal static class KeyPurposes
{
    public const string Any = "2.5.29.37.0";
    public const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    public static bool AllowServers(ValueList<string> purposes) => purposes.Contains(ServerAuth) || purposes.Contains(Any);

    public static bool AllowClients(ValueList<string> purposes) => purposes.Contains(ClientAuth) || purposes.Contains(Any);

    /// <summary>Whether it can affect a verdict.</summary>
    public static bool Matters(string purpose) => purpose is Any or ServerAuth or ClientAuth;

    /// <summary>The RFC's name of a purpose other than server authentication, or its identifier.</summary>
    public static string Name(string identifier) => identifier switch
    {
        ClientAuth => "clientAuth",
        "1.3.6.1.5.5.7.3.3" => "codeSigning",
        "1.3.6.1.5.5.7.3.4" => "emailProtection",
        "1.3.6.1.5.5.7.3.8" => "timeStamping",
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning",
        _ => identifier,
    };
}
