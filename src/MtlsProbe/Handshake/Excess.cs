using MtlsProbe.OpenSsl;

namespace MtlsProbe.Handshake;

/// <summary>
/// Limits on the work that a server can cause, besides bytes. They are checked before more input is accepted; the callbacks of libssl limit what
/// comes in one piece.
/// </summary>
internal static class Excess
{
    // Each renegotiation takes one hello. Post-handshake tickets come in groups of two or four.
    private const int MaxHellos = 6;
    private const int MaxTickets = 64;
    private const int MaxKeyUpdates = 32;

    /// <summary>Which limit was exceeded; null: none.</summary>
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
