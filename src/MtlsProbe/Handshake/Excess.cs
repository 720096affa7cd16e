using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>
/// Work, besides bytes, that a server may cause. It is checked before more input is accepted; libssl's callbacks limit what comes in one piece.
/// </summary>
internal static class Excess
{
    // Renegotiation takes a hello each, post-handshake tickets come by two or four.
    private const int MaxHellos = 6;
    private const int MaxTickets = 64;
    private const int MaxKeyUpdates = 32;

    /// <summary>What was too much; null: nothing.</summary>
    public static string? Of(WireRecord record) => record switch
    {
        { Refused: ExcessiveWork.LargeGroup } => "the server asks for Diffie-Hellman with a prime of more than 8,192 bits, which would take about a second",
        { CertificateRequests: > WireRecord.MaxCertificateRequests } => $"the server asked for a certificate more than {WireRecord.MaxCertificateRequests} times",
        { Hellos: > MaxHellos } => $"the server began a handshake more than {MaxHellos} times",
        { Tickets: > MaxTickets } => $"the server sent more than {MaxTickets} session tickets",
        { KeyUpdates: > MaxKeyUpdates } => $"the server changed its keys more than {MaxKeyUpdates} times",
        _ => null,
    };
}
