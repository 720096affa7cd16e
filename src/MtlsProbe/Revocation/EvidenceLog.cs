namespace MtlsProbe.Revocation;

/// <summary>The log messages about evidence of revocation; each is logged once while it applies.</summary>
internal sealed partial class EvidenceLog(ILogger<EvidenceStore> log)
{
    [LoggerMessage(Level = LogLevel.Information, Message =
        "Revocation list {Place} of {Issuer} loaded: {Entries} entries, made at {ThisUpdate:yyyy-MM-ddTHH:mm:ssZ}, to be replaced by {NextUpdate:yyyy-MM-ddTHH:mm:ssZ}")]
    public partial void Loaded(string place, string issuer, int entries, DateTimeOffset thisUpdate, DateTimeOffset? nextUpdate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Revocation list {Place} {Problem}. In use: {Lists} lists read before")]
    public partial void Broken(string place, string problem, int lists);

    [LoggerMessage(Level = LogLevel.Information, Message = "Revocation list {Place} can be read again")]
    public partial void Mended(string place);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Revocation list {Place} of {Issuer} has expired: it was to be replaced by {NextUpdate:yyyy-MM-ddTHH:mm:ssZ}. Servers that check it refuse every client")]
    public partial void Ended(string place, string issuer, DateTimeOffset nextUpdate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Trust bundle {Trust}: the certificates of servers name more than {Most} distribution points; the others are not fetched")]
    public partial void TooManyPoints(string trust, int most);

    [LoggerMessage(Level = LogLevel.Error, Message = "Fetching evidence of revocation ({Place}) failed because of a bug in MtlsProbe; it will be tried again")]
    public partial void Failed(Exception fault, string place);
}
