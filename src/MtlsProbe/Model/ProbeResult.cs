using System.Text.Json.Serialization;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>
/// The verdict on one handshake, with everything that it is based on. In JSON it is the result record that <c>probe --output json</c>, the API and
/// the page share; the order of the members is the order of the record.
/// </summary>
internal sealed record ProbeResult
{
    private readonly long _at;
    private readonly Staple? _staple;

    public required string Target { get; init; }

    public required string Address { get; init; }

    /// <summary>IP address and port of the connection (to the proxy, if there is one); null if there was no connection.</summary>
    public string? Remote { get; init; }

    /// <summary>The path of the connection; null for a direct connection.</summary>
    public WayFacts? Way { get; init; }

    public required string Identity { get; init; }

    public required Slot Slot { get; init; }

    public required Expectation Expect { get; init; }

    /// <summary>When the probe began, UTC.</summary>
    public required DateTimeOffset At
    {
        get => Instant.Known(_at);
        init => _at = value.UtcTicks;
    }

    public required Outcome Outcome { get; init; }

    public required bool Success { get; init; }

    /// <summary>Null on success.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Null if the server made no decision.</summary>
    public Evidence? Evidence { get; init; }

    /// <summary>What an answer in the target's protocol has shown about our access; null if there is none.</summary>
    public Confirmed? Confirmed { get; init; }

    /// <summary>How the same server treats other certificates (control probes); null if the verdict did not depend on it.</summary>
    public ControlFacts? Control { get; init; }

    /// <summary>Null if nothing was negotiated.</summary>
    public TlsFacts? Tls { get; init; }

    /// <summary>Null if the server's first flight did not arrive: then nothing is known.</summary>
    public ClientCertificateFacts? ClientCertificate { get; init; }

    /// <summary>As presented, leaf first, whatever the outcome.</summary>
    public ValueList<Certificate> ServerCertificates { get; init; } = [];

    /// <summary>Null if no certificate was presented.</summary>
    public ChainVerdict? Chain { get; init; }

    /// <summary>Whether the server presented what the configuration expects.</summary>
    public ExpectedCertificateFacts Expected { get; init; } = new(null, null);

    /// <summary>The leaves presented at this address so far; null for a single probe.</summary>
    public LeafHistory? Leaves { get; init; }

    /// <summary>The server's clock from the answer; null if it contained no time.</summary>
    public ServerClock? ServerClock { get; init; }

    /// <summary>DER of the stapled OCSP response; empty if there was none.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte> StapledOcsp
    {
        get => _staple?.Der ?? default;
        init => _staple = value.IsEmpty ? null : new Staple(value);
    }

    /// <summary>
    /// What the handshake depends on, and when that expires. Null if it already fails, must be refused, or depends on nothing that expires.
    /// </summary>
    [JsonIgnore]
    public Outlook? Outlook { get; init; }

    /// <summary>
    /// The only fault is that the revocation status of a server's certificate is not known, and evidence is being fetched for the first time: a
    /// caller that can wait gets a better verdict.
    /// </summary>
    [JsonIgnore]
    public bool IsAwaitingEvidence { get; init; }

    /// <summary>The number of addresses of this name that no probe of the same survey tried, because of <c>max_addresses</c>.</summary>
    [JsonIgnore]
    public int AddressesLeftOut { get; init; }

    public required Timings Timings { get; init; }

    /// <summary>An object of its own, because a kept result has none.</summary>
    private sealed record Staple(ReadOnlyMemory<byte> Der);
}

/// <summary>Why a probe did not succeed.</summary>
/// <param name="Phase">The phase in which it ended.</param>
/// <param name="Reason">The entry of the taxonomy.</param>
/// <param name="Alert">The server's alert, if one decided.</param>
/// <param name="Detail">The particulars of this case: names, dates, the library's message. One or more sentences.</param>
internal sealed record Failure(
    [property: JsonPropertyOrder(1)] Phase Phase,
    [property: JsonPropertyOrder(3)] Reason Reason,
    [property: JsonPropertyOrder(4)] Alert? Alert,
    [property: JsonPropertyOrder(5)] string Detail)
{
    [JsonPropertyOrder(2)]
    public FailureClass Class => Reason.Class;

    /// <summary>What to do next: the advice of the reason, or more specific advice for this case.</summary>
    [JsonPropertyOrder(6)]
    public string Hint { get; init; } = Reason.Hint;
}

/// <summary>What was negotiated.</summary>
/// <param name="Version"><c>1.2</c> or <c>1.3</c>.</param>
/// <param name="Cipher">The IANA name of the cipher suite.</param>
/// <param name="Alpn">Null if none was agreed.</param>
internal sealed record TlsFacts(string Version, string Cipher, string? Alpn);

/// <summary>What the server requested and what we sent.</summary>
internal sealed record ClientCertificateFacts
{
    /// <summary>Whether the server sent a CertificateRequest.</summary>
    public required bool Requested { get; init; }

    /// <summary>The leaf that was sent; null if none was.</summary>
    public Certificate? Presented { get; init; }

    /// <summary>The CA names of the CertificateRequest, as <c>CN=…, O=…</c>: the first ones, and always one that issued a certificate of ours.</summary>
    public ValueList<string> AcceptableIssuers { get; init; } = [];

    /// <summary>How many more names there were.</summary>
    public int IssuersLeftOut { get; init; }

    /// <summary>The total number of names.</summary>
    [JsonIgnore]
    public int IssuersTotal => AcceptableIssuers.Count + IssuersLeftOut;

    /// <summary>Whether a name on the list issued a certificate that we send; null if the list is empty or nothing is sent.</summary>
    public bool? IssuerAcceptable { get; init; }
}

/// <summary>Whether the presented certificate is as configured; null if nothing is expected, or it is not known.</summary>
/// <param name="ServerCertificate">The leaf is the expected one.</param>
/// <param name="Issuer">The leaf was issued by the expected certificate.</param>
internal sealed record ExpectedCertificateFacts(bool? ServerCertificate, bool? Issuer)
{
    private readonly long _changed;

    /// <summary>When the file of the expected leaf was last seen to have changed; null if no change has been seen.</summary>
    [JsonIgnore]
    public DateTimeOffset? Changed
    {
        get => Instant.Time(_changed);
        init => _changed = Instant.Ticks(value);
    }
}
