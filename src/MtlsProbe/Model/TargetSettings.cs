using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>How targets are probed, and what is expected of them. Equal settings of several targets are one object.</summary>
internal sealed record TargetSettings
{
    /// <summary>The SPIFFE ID that the server must have; null if only its name is checked.</summary>
    public ServerIdentity? ServerId { get; init; }

    /// <summary>
    /// Whether the leaf must be valid for <see cref="Target.ServerName"/>: always, except if the server is identified by its ID and no name is configured.
    /// </summary>
    public bool ChecksName { get; init; } = true;

    /// <summary>What is spoken inside TLS.</summary>
    public required Protocol Protocol { get; init; }

    /// <summary>The name of a configured identity, or <see cref="Identity.None"/>.</summary>
    public string Identity { get; init; } = Model.Identity.None;

    /// <summary>The name of a configured trust bundle, or <see cref="TrustSource.System"/>.</summary>
    public string Trust { get; init; } = TrustSource.System;

    /// <summary>Between two starts of its probes.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the whole probe, from DNS to confirmation; at most the interval.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Options of the handshake.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Which of the name's addresses are probed.</summary>
    public AddressChoice Addresses { get; init; } = AddressChoice.One;

    /// <summary>For <see cref="AddressChoice.All"/>: the maximum number of addresses that are probed.</summary>
    public int MaxAddresses { get; init; } = 64;

    /// <summary>Names of further identities, <see cref="Model.Identity.None"/> among them, that this server must accept; without duplicates.</summary>
    public ValueList<string> Accepts { get; init; } = [];

    /// <summary>
    /// Names of the identities, <see cref="Model.Identity.None"/> among them, that this server must refuse; without duplicates, and none that it must
    /// accept.
    /// </summary>
    public ValueList<string> MustReject { get; init; } = [];

    /// <summary>Whether <see cref="MustReject"/> is not a configured list, but all identities that the server does not have to accept.</summary>
    public bool MustRejectOthers { get; init; }

    /// <summary>The identities that the server must accept: <see cref="Identity"/> first.</summary>
    public IEnumerable<string> Accepted => Accepts.Count == 0 ? [Identity] : [Identity, .. Accepts];

    /// <summary>The certificates that the server should present.</summary>
    public ExpectedCertificates ExpectedCertificates { get; init; } = new();

    /// <summary>Whether a server is at fault that never asks for a client certificate, if there is an identity to present.</summary>
    public bool RequestExpected { get; init; } = true;

    /// <summary>
    /// Whether control probes are allowed: if the server's reaction to our credential is ambiguous, it may be probed with an unknown certificate and
    /// without one.
    /// </summary>
    public bool Control { get; init; } = true;

    /// <summary>The path of its connections.</summary>
    public Way Way { get; init; } = Way.Direct;

    /// <summary>The name of the discovery source that delivered the target; null if it is configured.</summary>
    public string? Source { get; init; }
}

/// <summary>Which of a name's addresses are probed.</summary>
internal enum AddressChoice
{
    /// <summary>The first that connects.</summary>
    One,

    /// <summary>Every one, each on its own.</summary>
    All,
}

/// <summary>The certificates that a server should present; null if nothing is expected.</summary>
/// <param name="ServerCertificate">The leaf.</param>
/// <param name="Issuer">The certificate whose key signed the leaf.</param>
internal sealed record ExpectedCertificates(CertificatePin? ServerCertificate = null, CertificatePin? Issuer = null);

/// <summary>How a configuration names one certificate. There are two derived records.</summary>
internal abstract record CertificatePin;

/// <summary>The first certificate of a PEM file, read again after each change: the file that the issuer writes.</summary>
internal sealed record PinnedFile(string Path) : CertificatePin;

/// <summary>The SHA-256 of its DER bytes, lower-case hex.</summary>
internal sealed record PinnedFingerprint(string Sha256) : CertificatePin;

/// <summary>TLS protocol versions the prober can speak.</summary>
internal enum TlsVersion
{
    Tls12,
    Tls13,
}

/// <summary>Options of the handshake.</summary>
internal sealed record TlsOptions
{
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;

    /// <summary>Null: the default of the protocol.</summary>
    public ValueList<string>? Alpn { get; init; }
}
