namespace MtlsProbe.Config;

/// <summary>The ways to log in that the prober has for a protocol.</summary>
[Flags]
internal enum LoginKinds
{
    None = 0,

    /// <summary>By the certificate alone (SASL EXTERNAL).</summary>
    External = 1,

    Password = 2,

    Both = External | Password,
}
