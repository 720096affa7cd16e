using System.Diagnostics.CodeAnalysis;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// A named mTLS endpoint, as configured. Only its name, its addresses and its labels are its own: most targets of a fleet have the same settings, which
/// are one object then.
/// </summary>
internal sealed record Target
{
    private static readonly TargetSettings s_builtIn = new() { Protocol = null! };

    public Target()
    {
    }

    [SetsRequiredMembers]
    public Target(string name, HostPort address, string serverName, TargetSettings settings) =>
        (Name, Address, ServerName, Settings, Protocol) = (name, address, serverName, settings, settings.Protocol);

    public required string Name { get; init; }

    public required HostPort Address { get; init; }

    /// <summary>For SNI and the name check; an IP address is checked against IP SANs and not sent as SNI (RFC 6066 §3).</summary>
    public required string ServerName { get; init; }

    /// <summary>On every series of this target, sorted by name.</summary>
    public ValueList<Label> Labels { get; init; } = [];

    /// <summary>Everything else.</summary>
    public TargetSettings Settings { get; init; } = s_builtIn;

    /// <summary>
    /// Whether this target stands for a name whose addresses are not known yet. If all addresses are probed, each known address has a target of its
    /// own.
    /// </summary>
    public bool IsUnresolved => Addresses == AddressChoice.All && Address.Literal is null;

    /// <summary>The subject that the server's certificate must be for.</summary>
    public ServerReference Reference => new(ChecksName ? ServerName : null, ServerId);

    /// <inheritdoc cref="TargetSettings.ServerId"/>
    public ServerIdentity? ServerId
    {
        get => Settings.ServerId;
        init => Settings = Settings.ServerId == value ? Settings : Settings with { ServerId = value };
    }

    /// <inheritdoc cref="TargetSettings.ChecksName"/>
    public bool ChecksName
    {
        get => Settings.ChecksName;
        init => Settings = Settings.ChecksName == value ? Settings : Settings with { ChecksName = value };
    }

    /// <inheritdoc cref="TargetSettings.Protocol"/>
    public required Protocol Protocol
    {
        get => Settings.Protocol;
        init => Settings = Settings.Protocol == value ? Settings : Settings with { Protocol = value };
    }

    /// <inheritdoc cref="TargetSettings.Identity"/>
    public string Identity
    {
        get => Settings.Identity;
        init => Settings = Settings.Identity == value ? Settings : Settings with { Identity = value };
    }

    /// <inheritdoc cref="TargetSettings.Trust"/>
    public string Trust
    {
        get => Settings.Trust;
        init => Settings = Settings.Trust == value ? Settings : Settings with { Trust = value };
    }

    /// <inheritdoc cref="TargetSettings.Interval"/>
    public TimeSpan Interval
    {
        get => Settings.Interval;
        init => Settings = Settings.Interval == value ? Settings : Settings with { Interval = value };
    }

    /// <inheritdoc cref="TargetSettings.Timeout"/>
    public TimeSpan Timeout
    {
        get => Settings.Timeout;
        init => Settings = Settings.Timeout == value ? Settings : Settings with { Timeout = value };
    }

    /// <inheritdoc cref="TargetSettings.Tls"/>
    public TlsOptions Tls
    {
        get => Settings.Tls;
        init => Settings = Settings.Tls == value ? Settings : Settings with { Tls = value };
    }

    /// <inheritdoc cref="TargetSettings.Addresses"/>
    public AddressChoice Addresses
    {
        get => Settings.Addresses;
        init => Settings = Settings.Addresses == value ? Settings : Settings with { Addresses = value };
    }

    /// <inheritdoc cref="TargetSettings.MaxAddresses"/>
    public int MaxAddresses
    {
        get => Settings.MaxAddresses;
        init => Settings = Settings.MaxAddresses == value ? Settings : Settings with { MaxAddresses = value };
    }

    /// <inheritdoc cref="TargetSettings.Accepts"/>
    public ValueList<string> Accepts
    {
        get => Settings.Accepts;
        init => Settings = Settings.Accepts == value ? Settings : Settings with { Accepts = value };
    }

    /// <inheritdoc cref="TargetSettings.MustReject"/>
    public ValueList<string> MustReject
    {
        get => Settings.MustReject;
        init => Settings = Settings.MustReject == value ? Settings : Settings with { MustReject = value };
    }

    /// <inheritdoc cref="TargetSettings.MustRejectOthers"/>
    public bool MustRejectOthers
    {
        get => Settings.MustRejectOthers;
        init => Settings = Settings.MustRejectOthers == value ? Settings : Settings with { MustRejectOthers = value };
    }

    /// <inheritdoc cref="TargetSettings.Accepted"/>
    public IEnumerable<string> Accepted => Settings.Accepted;

    /// <inheritdoc cref="TargetSettings.ExpectedCertificates"/>
    public ExpectedCertificates ExpectedCertificates
    {
        get => Settings.ExpectedCertificates;
        init => Settings = Settings.ExpectedCertificates == value ? Settings : Settings with { ExpectedCertificates = value };
    }

    /// <inheritdoc cref="TargetSettings.RequestExpected"/>
    public bool RequestExpected
    {
        get => Settings.RequestExpected;
        init => Settings = Settings.RequestExpected == value ? Settings : Settings with { RequestExpected = value };
    }

    /// <inheritdoc cref="TargetSettings.Control"/>
    public bool Control
    {
        get => Settings.Control;
        init => Settings = Settings.Control == value ? Settings : Settings with { Control = value };
    }

    /// <inheritdoc cref="TargetSettings.Way"/>
    public Way Way
    {
        get => Settings.Way;
        init => Settings = Settings.Way == value ? Settings : Settings with { Way = value };
    }

    /// <inheritdoc cref="TargetSettings.Source"/>
    public string? Source
    {
        get => Settings.Source;
        init => Settings = Settings.Source == value ? Settings : Settings with { Source = value };
    }
}

/// <summary>A user's label.</summary>
internal readonly record struct Label(string Name, string Value);
