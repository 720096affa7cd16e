namespace MtlsProbe.Model;

/// <summary>
/// Durations of the phases in seconds; null for phases that were not reached. Kept as NaN, because a nullable number takes twice the memory, and every
/// kept result has one of these.
/// </summary>
internal sealed record Timings
{
    private readonly double _dns = double.NaN;
    private readonly double _connect = double.NaN;
    private readonly double _proxy = double.NaN;
    private readonly double _starttls = double.NaN;
    private readonly double _handshake = double.NaN;
    private readonly double _confirm = double.NaN;
    private readonly double _application = double.NaN;

    public double? Dns
    {
        get => Reached(_dns);
        init => _dns = value ?? double.NaN;
    }

    public double? Connect
    {
        get => Reached(_connect);
        init => _connect = value ?? double.NaN;
    }

    public double? Proxy
    {
        get => Reached(_proxy);
        init => _proxy = value ?? double.NaN;
    }

    public double? Starttls
    {
        get => Reached(_starttls);
        init => _starttls = value ?? double.NaN;
    }

    public double? Handshake
    {
        get => Reached(_handshake);
        init => _handshake = value ?? double.NaN;
    }

    public double? Confirm
    {
        get => Reached(_confirm);
        init => _confirm = value ?? double.NaN;
    }

    public double? Application
    {
        get => Reached(_application);
        init => _application = value ?? double.NaN;
    }

    public required double Total { get; init; }

    /// <summary>The duration of one phase; <see cref="Phase.Identity"/> has none.</summary>
    public double? this[Phase phase] => phase switch
    {
        Phase.Dns => Dns,
        Phase.Connect => Connect,
        Phase.Proxy => Proxy,
        Phase.Starttls => Starttls,
        Phase.Handshake => Handshake,
        Phase.Confirm => Confirm,
        Phase.Application => Application,
        _ => null,
    };

    private static double? Reached(double seconds) => double.IsNaN(seconds) ? null : seconds;
}
