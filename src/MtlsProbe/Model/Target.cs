using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A named mTLS endpoint, as configured.</summary>
internal sealed record Target
{
    public required string Name { get; init; }

    public required HostPort Address { get; init; }

    /// <summary>For SNI and the name check; an IP address is checked against IP SANs and not sent as SNI (RFC 6066 §3).</summary>
    public required string ServerName { get; init; }

    /// <summary>The SPIFFE ID that the server has to have; null where it goes by its name alone.</summary>
    public ServerIdentity? ServerId { get; init; }

    /// <summary>
    /// Whether the leaf must be valid for <see cref="ServerName"/>: always, except if the server is identified by its ID and no name is configured.
    /// </summary>
    public bool ChecksName { get; init; } = true;

    public required Protocol Protocol { get; init; }

    /// <summary>The name of a configured identity, or <see cref="Identity.None"/>.</summary>
    public string Identity { get; init; } = Model.Identity.None;

    /// <summary>The name of a configured trust bundle, or <see cref="TrustSource.System"/>.</summary>
    public string Trust { get; init; } = TrustSource.System;

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the whole probe, from DNS to confirmation; at most the interval.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public TlsOptions Tls { get; init; } = new();

    /// <summary>Which of the name's addresses are probed.</summary>
    public AddressChoice Addresses { get; init; } = AddressChoice.One;

    /// <summary>
    /// Whether this stands for a name whose addresses are not known: where all are probed, each known one has a target with that address.
    /// </summary>
    public bool IsUnresolved => Addresses == AddressChoice.All && Address.Literal is null;

    /// <summary>With <see cref="AddressChoice.All"/>: more addresses than this are not probed.</summary>
    public int MaxAddresses { get; init; } = 64;

    /// <summary>Names of further identities, <see cref="Model.Identity.None"/> among them, that this server has to accept; none twice.</summary>
    public ValueList<string> Accepts { get; init; } = [];

    /// <summary>
    /// Names of the identities, <see cref="Model.Identity.None"/> among them, that this server has to refuse; none twice, and none that it has
    /// to accept.
    /// </summary>
    public ValueList<string> MustReject { get; init; } = [];

    /// <summary>Whether <see cref="MustReject"/> is all identities that the server does not have to accept, and not a configured list.</summary>
    public bool MustRejectOthers { get; init; }

    /// <summary>The identities that the server must accept: <see cref="Identity"/> first.</summary>
    public IEnumerable<string> Accepted => Accepts.Count == 0 ? [Identity] : [Identity, .. Accepts];

    /// <summary>Which certificates ought to be served.</summary>
    public ExpectedCertificates ExpectedCertificates { get; init; } = new();

    /// <summary>Whether a server that never asks for a client certificate is at fault, where there is an identity to show it.</summary>
    public bool RequestExpected { get; init; } = true;

    /// <summary>
    /// Whether the same server may be shown a stranger's certificate, and none, where what it does to our credential can mean several things.
    /// </summary>
    public bool Control { get; init; } = true;

    /// <summary>How its connections get there.</summary>
    public Way Way { get; init; } = Way.Direct;

    /// <summary>On every series of this target, sorted by name.</summary>
    public ValueList<Label> Labels { get; init; } = [];

    /// <summary>The subject that the server's certificate must be for.</summary>
    public ServerReference Reference => new(ChecksName ? ServerName : null, ServerId);
}

/// <summary>A user's label.</summary>
internal readonly record struct Label(string Name, string Value);

/// <summary>Which of a name's addresses are probed.</summary>
internal enum AddressChoice
{
    /// <summary>The first that connects.</summary>
    One,

    /// <summary>Every one, each on its own.</summary>
    All,
}

/// <summary>Which certificates ought to be served; null where nothing is expected.</summary>
/// <param name="ServerCertificate">The leaf.</param>
/// <param name="Issuer">The certificate whose key signed the leaf.</param>
internal sealed record ExpectedCertificates(CertificatePin? ServerCertificate = null, CertificatePin? Issuer = null);

/// <summary>How a configuration names one certificate. One of the two derived records.</summary>
internal abstract record CertificatePin;

/// <summary>The first certificate of a PEM file, read again whenever it changes: what the issuer wrote.</summary>
internal sealed record PinnedFile(string Path) : CertificatePin;

/// <summary>The SHA-256 of its DER bytes, lower-case hex.</summary>
internal sealed record PinnedFingerprint(string Sha256) : CertificatePin;

/// <summary>TLS protocol versions the prober can speak.</summary>
internal enum TlsVersion
{
    Tls12,
    Tls13,
}

/// <summary>Bounds of the handshake.</summary>
internal sealed record TlsOptions
{
    public TlsVersion MinVersion { get; init; } = TlsVersion.Tls12;

    public TlsVersion MaxVersion { get; init; } = TlsVersion.Tls13;

    /// <summary>Null: the default of the protocol.</summary>
    public ValueList<string>? Alpn { get; init; }
}
