using System.Net.Sockets;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>The event that ended a probe, as it was seen on the wire or in our own files.</summary>
/// <param name="Phase">The phase that the probe had reached.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Detail">The particulars, for a person; never a secret.</param>
internal sealed record FinalEvent(Phase Phase, FinalEventKind Kind, string Detail)
{
    /// <summary>With <see cref="FinalEventKind.Alert"/>.</summary>
    public Alert? Alert { get; init; }

    /// <summary>With <see cref="FinalEventKind.LibraryError"/>.</summary>
    public OpenSslError? LibraryError { get; init; }

    /// <summary>With <see cref="FinalEventKind.ConnectFailed"/> and <see cref="FinalEventKind.Reset"/>.</summary>
    public SocketError? SocketError { get; init; }

    /// <summary>This process had no descriptors, buffers, threads or memory left: nothing is known about the server.</summary>
    public bool IsScarcity { get; init; }

    /// <summary>With <see cref="FinalEventKind.Material"/>: a reason of <see cref="FailureClass.Identity"/>.</summary>
    public Reason? Material { get; init; }

    /// <summary>With <see cref="FinalEventKind.Answered"/>.</summary>
    public ServerAnswer? Answer { get; init; }

    /// <summary>Application data had arrived before the connection ended or the deadline passed.</summary>
    public bool AnswerBegun { get; init; }

    /// <summary>With <see cref="FinalEventKind.Timeout"/>: the deadline passed while we were silent ourselves, to see whether we are refused.</summary>
    public bool InOurSilence { get; init; }

    /// <summary>Time from our last data to the peer's close; null if we had sent none or it did not close.</summary>
    public TimeSpan? ClosedAfter { get; init; }
}

/// <summary>The events that can end a probe.</summary>
internal enum FinalEventKind
{
    /// <summary>Our credential or trust bundle cannot be used.</summary>
    Material,

    /// <summary>No connection can begin at the source address that is configured.</summary>
    SourceUnusable,

    /// <summary>The proxy cannot be reached, or does not answer as its protocol says.</summary>
    ProxyFailed,

    /// <summary>The proxy says that it does not open the way.</summary>
    ProxyRefused,

    NameNotFound,
    LookupFailed,
    ConnectFailed,

    /// <summary>The deadline passed; what that means depends on the phase.</summary>
    Timeout,

    /// <summary>Before TLS: the server does not go on to it.</summary>
    UpgradeRefused,

    /// <summary>The bytes that came first are no TLS record.</summary>
    NotTls,

    /// <summary>The peer sent a fatal alert.</summary>
    Alert,

    /// <summary>libssl found fault with what the peer sent.</summary>
    LibraryError,

    /// <summary>TCP end of stream before we had closed or sent a request.</summary>
    EndOfStream,

    /// <summary>TCP reset before we had closed or sent a request.</summary>
    Reset,

    /// <summary>close_notify before we had closed or sent a request.</summary>
    CloseNotify,

    /// <summary>The peer closed, in whatever way, after our close_notify.</summary>
    CloseAnswered,

    /// <summary>The peer closed or reset after our request, and sent no answer.</summary>
    RequestUnanswered,

    /// <summary>The peer sends data without end, and answers no close.</summary>
    TalksOn,

    /// <summary>The server answered in the target's protocol.</summary>
    Answered,

    /// <summary>Application data that are not of the target's protocol.</summary>
    NotUnderstood,

    /// <summary>By ALPN the server agreed to something in which the target's protocol is not spoken, and kept the connection; nothing was asked.</summary>
    OtherProtocol,

    /// <summary>A fault of ours.</summary>
    Internal,
}
