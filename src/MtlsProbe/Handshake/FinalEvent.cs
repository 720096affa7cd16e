using System.Net.Sockets;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>The event that ended a probe, as seen on the wire or in our own files.</summary>
/// <param name="Phase">The phase that the probe had reached.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Detail">The particulars, for people; never a secret.</param>
internal sealed record FinalEvent(Phase Phase, FinalEventKind Kind, string Detail)
{
    /// <summary>For <see cref="FinalEventKind.Alert"/>.</summary>
    public Alert? Alert { get; init; }

    /// <summary>For <see cref="FinalEventKind.LibraryError"/>.</summary>
    public OpenSslError? LibraryError { get; init; }

    /// <summary>For <see cref="FinalEventKind.ConnectFailed"/> and <see cref="FinalEventKind.Reset"/>.</summary>
    public SocketError? SocketError { get; init; }

    /// <summary>This process had no descriptors, buffers, threads or memory left: nothing is known about the server.</summary>
    public bool IsScarcity { get; init; }

    /// <summary>For <see cref="FinalEventKind.Material"/>: a reason of <see cref="FailureClass.Identity"/>.</summary>
    public Reason? Material { get; init; }

    /// <summary>For <see cref="FinalEventKind.Answered"/>.</summary>
    public ServerAnswer? Answer { get; init; }

    /// <summary>Application data had arrived before the connection ended or the deadline passed.</summary>
    public bool AnswerBegun { get; init; }

    /// <summary>For <see cref="FinalEventKind.Timeout"/>: the deadline passed in our own silence, while we waited for a refusal.</summary>
    public bool InOurSilence { get; init; }

    /// <summary>Time from our last data to the peer's close; null if we had sent no data, or if the peer did not close.</summary>
    public TimeSpan? ClosedAfter { get; init; }
}

/// <summary>The events that can end a probe.</summary>
internal enum FinalEventKind
{
    /// <summary>Our credential or trust bundle cannot be used.</summary>
    Material,

    /// <summary>No connection can be opened from the configured source address.</summary>
    SourceUnusable,

    /// <summary>The proxy cannot be reached, or its answer does not follow its protocol.</summary>
    ProxyFailed,

    /// <summary>The proxy refuses to open the connection.</summary>
    ProxyRefused,

    NameNotFound,
    LookupFailed,
    ConnectFailed,

    /// <summary>The deadline passed; the meaning depends on the phase.</summary>
    Timeout,

    /// <summary>Before TLS: the server does not start TLS.</summary>
    UpgradeRefused,

    /// <summary>The first bytes are not a TLS record.</summary>
    NotTls,

    /// <summary>The peer sent a fatal alert.</summary>
    Alert,

    /// <summary>libssl rejected data from the peer.</summary>
    LibraryError,

    /// <summary>TCP end of stream before we had closed or sent a request.</summary>
    EndOfStream,

    /// <summary>TCP reset before we had closed or sent a request.</summary>
    Reset,

    /// <summary>close_notify before we had closed or sent a request.</summary>
    CloseNotify,

    /// <summary>The peer closed in any way after our close_notify.</summary>
    CloseAnswered,

    /// <summary>The peer closed or reset after our request without an answer.</summary>
    RequestUnanswered,

    /// <summary>The peer sends data endlessly, and does not answer a close.</summary>
    TalksOn,

    /// <summary>The server answered in the target's protocol.</summary>
    Answered,

    /// <summary>Application data that do not belong to the target's protocol.</summary>
    NotUnderstood,

    /// <summary>By ALPN the server selected a protocol that the target's protocol cannot use, and kept the connection; no request was sent.</summary>
    OtherProtocol,

    /// <summary>A fault of ours.</summary>
    Internal,
}
