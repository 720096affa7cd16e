using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The server's action that determines the outcome, as text.</summary>
internal static class EvidenceText
{
    public static string Of(Evidence evidence, Alert? alert) => evidence switch
    {
        Evidence.HandshakeFinished => "the server finished the TLS 1.2 handshake, which it does only after it has checked the certificate",
        Evidence.SessionTicket => "the server sent a session ticket, and no refusal after it",
        Evidence.CloseNotify => "the server kept the connection until we closed it, and then closed it too",
        Evidence.ApplicationData => "the server sent application data",
        Evidence.HttpStatus => "the server's HTTP answer",
        Evidence.ProtocolAnswer => "the server's answer in its protocol",
        Evidence.Alert => alert is { } sent ? $"the server's alert {sent}" : "an alert from the server",
        Evidence.Closed => "the server closed or reset the connection",
        Evidence.Control => "the server kept the connection until the deadline, and refuses clients with an unknown certificate",
        _ => "the server stayed silent until the deadline",
    };
}
