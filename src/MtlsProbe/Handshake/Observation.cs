using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Handshake;

/// <summary>Everything that one probe saw, without a verdict. The judge turns it into a result.</summary>
internal sealed record Observation
{
    /// <summary>When the probe began.</summary>
    public required DateTimeOffset At { get; init; }

    public required FinalEvent FinalEvent { get; init; }

    /// <summary>Where the connection went; null if there was none.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>The path of the connection; null for a direct connection.</summary>
    public WayFacts? Way { get; init; }

    /// <summary>There was a proxy: the end of the TCP connection and its acknowledgements come from the proxy, whatever the server did.</summary>
    public bool IsRelayed => Way is { Proxy: not null };

    /// <summary>The server's close_notify came, which no one on the path can have forged.</summary>
    public bool Notified { get; init; }

    /// <summary>Null if nothing was negotiated.</summary>
    public TlsFacts? Tls { get; init; }

    public ClientCertificateFacts? ClientCertificate { get; init; }

    /// <summary>The chain of the probe's credential, leaf first, whether or not it was sent; empty for no credential.</summary>
    public ValueList<Certificate> Credential { get; init; } = [];

    /// <summary>What is known to us about its revocation; the server may know more, or less.</summary>
    public ValueList<CertificateRevocation> OwnRevocation { get; init; } = [];

    /// <summary>A root that this process knows issued the leaf of <see cref="Credential"/>; determined only if no issuer that the server named did.</summary>
    public bool IsIssuedByRoot { get; init; }

    /// <summary>Code points of the signature algorithms that the server's request allows; empty if it sent no request.</summary>
    public IReadOnlyList<ushort> AllowedSignatures { get; init; } = [];

    /// <summary>Whether our Certificate message, possibly an empty one, had been sent when the probe ended.</summary>
    public bool CertificateAnswered { get; init; }

    /// <summary>Number of NewSessionTicket messages; in TLS 1.3 a sign that the server continued after our Finished.</summary>
    public int Tickets { get; init; }

    /// <summary>At the deadline, the peer's system had acknowledged all our data: it was reachable.</summary>
    public bool Acknowledged { get; init; }

    /// <summary>
    /// The server asked for a certificate only after we had sent data (RFC 8446 §4.6.2; renegotiation in earlier versions): its earlier behaviour
    /// proves nothing.
    /// </summary>
    public bool AskedAgain { get; init; }

    /// <summary>
    /// The peer closed so late after our data that this may be a refusal and not an answer, and there was no time for a longer silence. Or the data
    /// after a request without a silence may not be an answer to it.
    /// </summary>
    public bool Unsure { get; init; }

    /// <summary>Two connections, a moment apart, ended in the same way: with a close or reset of the server without an alert.</summary>
    public bool ClosedTwice { get; init; }

    /// <summary>Time from the handshake to the server's close, or to our data.</summary>
    public TimeSpan KeptFor { get; init; }

    /// <summary>How the same server treats others; null if that was not needed, not wanted, or not known in time.</summary>
    public ControlFacts? Control { get; init; }

    /// <summary>A control was needed, but did not end before the deadline.</summary>
    public bool ControlIsPending { get; init; }

    /// <summary>As presented.</summary>
    public ValueList<Certificate> ServerCertificates { get; init; } = [];

    public ChainVerdict? Chain { get; init; }

    /// <summary>DER of the stapled OCSP response; empty if there was none.</summary>
    public ReadOnlyMemory<byte> StapledOcsp { get; init; }

    /// <summary>The server's clock from the answer; null if there was no answer, or no time in it.</summary>
    public ServerClock? ServerClock { get; init; }

    public required Timings Timings { get; init; }

    /// <summary>The server sent a CertificateRequest.</summary>
    public bool Asked => ClientCertificate is { Requested: true };
}
