namespace MtlsProbe.Certificates;

/// <summary>Object identifiers of the extensions that these rules know (RFC 5280 §4.2, RFC 7633).</summary>
internal static class Extension
{
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string SubjectAlternativeName = "2.5.29.17";
    public const string BasicConstraints = "2.5.29.19";
    public const string NameConstraints = "2.5.29.30";
    public const string CrlDistributionPoints = "2.5.29.31";
    public const string CertificatePolicies = "2.5.29.32";
    public const string PolicyMappings = "2.5.29.33";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string PolicyConstraints = "2.5.29.36";
    public const string FreshestCrl = "2.5.29.46";
    public const string ExtendedKeyUsage = "2.5.29.37";
    public const string InhibitAnyPolicy = "2.5.29.54";
    public const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
    public const string TlsFeature = "1.3.6.1.5.5.7.1.24";
    public const int StatusRequest = 5;
}
