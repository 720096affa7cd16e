using System.Security.Authentication;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>
/// Servers that break off inside a handshake of TLS 1.2 when they see the certificate of the probe. Twice in a row is a refusal; once is a fault of
/// the network. A client with another certificate can meet something else.
/// </summary>
internal static class CertificateFaults
{
    private const string Accepted = "accepted";
    private const string Refused = "rejected client_certificate closed_without_alert";

    private static readonly byte[] Ours = TestPki.Shared.Clients["good"].Certificate.RawData;

    public static IReadOnlyList<Fault> All { get; } =
    [
        Breaks("resets on every certificate", Refused, onUs: _ => Break.Reset, onStrangers: Break.Reset),
        Breaks("closes on every certificate", Refused, onUs: _ => Break.Close, onStrangers: Break.Close),
        Breaks("resets on our certificate and sends strangers an alert", Refused, onUs: _ => Break.Reset, onStrangers: Break.Alert),
        Breaks("closes on our certificate and sends strangers an alert", Refused, onUs: _ => Break.Close, onStrangers: Break.Alert),
        Breaks("resets on our certificate once and sends strangers an alert", Accepted, onUs: Once(Break.Reset), onStrangers: Break.Alert),
        Breaks("closes on our certificate once and sends strangers an alert", Accepted, onUs: Once(Break.Close), onStrangers: Break.Alert),
        Breaks("resets on our certificate once and resets on strangers", Accepted, onUs: Once(Break.Reset), onStrangers: Break.Reset),
        Breaks("sends everybody an alert", "rejected client_certificate unknown_ca 48", onUs: _ => Break.Alert, onStrangers: Break.Alert),
    ];

    private static Func<int, Break?> Once(Break way) => look => look == 1 ? way : null;

    /// <param name="onUs">By the number of the handshake with our certificate, from 1; null: it is accepted.</param>
    private static Fault Breaks(string name, string verdict, Func<int, Break?> onUs, Break onStrangers)
    {
        var looks = 0;
        return new Fault($"{name}, TLS 1.2", verdict, async client =>
        {
            var tls = await client.Handshake(SslProtocols.Tls12, client.Staged(flight =>
                flight.Span.IndexOf(Ours) >= 0 ? onUs(Interlocked.Increment(ref looks)) : onStrangers));
            while (await tls.ReadAsync(new byte[1024]) > 0) ;
            await tls.ShutdownAsync();
            await client.Close();
        })
        { Version = "1.2" };
    }
}
