namespace MtlsProbe.Credentials;

/// <summary>The log messages about credentials, trust bundles and expected certificates.</summary>
internal sealed partial class MaterialLog(ILogger<MaterialStore> log)
{
    [LoggerMessage(Level = LogLevel.Information, Message =
        "Credential of {Identity} ({Slot}) loaded: serial {Serial}, expires {NotAfter:yyyy-MM-ddTHH:mm:ssZ}; previous serial: {OldSerial}")]
    public partial void CredentialReplaced(string identity, string slot, string oldSerial, string serial, DateTimeOffset notAfter);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Credential of {Identity} promoted: the staged credential, serial {Serial}, expires {NotAfter:yyyy-MM-ddTHH:mm:ssZ}, is in use now; previous serial: {OldSerial}")]
    public partial void CredentialPromoted(string identity, string serial, DateTimeOffset notAfter, string oldSerial);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Credential of {Identity} ({Slot}) is broken, {Reason}: {Detail}. In use: serial {Serial}")]
    public partial void CredentialBroken(string identity, string slot, string reason, string detail, string serial);

    [LoggerMessage(Level = LogLevel.Information, Message = "Credential of {Identity} ({Slot}) can be loaded again, and is the one in use: serial {Serial}")]
    public partial void CredentialBack(string identity, string slot, string serial);

    [LoggerMessage(Level = LogLevel.Information, Message = "Credential of {Identity} ({Slot}) is no longer staged: it is gone")]
    public partial void CredentialGone(string identity, string slot);

    [LoggerMessage(Level = LogLevel.Debug, Message =
        "Credential of {Identity} (next) is no longer staged: it is in use as current, serial {Serial}")]
    public partial void NextCleared(string identity, string serial);

    [LoggerMessage(Level = LogLevel.Information, Message = "Trust bundle {Trust} loaded: {Anchors} anchors; previously {OldAnchors}")]
    public partial void TrustReplaced(string trust, int oldAnchors, int anchors);

    [LoggerMessage(Level = LogLevel.Information, Message = "Trust bundle {Trust} can be loaded again, and is the one in use: {Anchors} anchors")]
    public partial void TrustBack(string trust, int anchors);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Trust bundle {Trust} is broken, {Reason}: {Detail}. In use: {Anchors} anchors")]
    public partial void TrustBroken(string trust, string reason, string detail, int anchors);

    [LoggerMessage(Level = LogLevel.Information, Message = "Expected certificate {Path} loaded: serial {Serial}; previous serial: {OldSerial}")]
    public partial void PinReplaced(string path, string serial, string oldSerial);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expected certificate {Path} is broken, {Reason}: {Detail}. In use: serial {Serial}")]
    public partial void PinBroken(string path, string reason, string detail, string serial);

    [LoggerMessage(Level = LogLevel.Information, Message = "Password file {Path} has changed; the new content is in use now")]
    public partial void SecretReplaced(string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Password file {Path} is broken, {Reason}: {Detail}. In use: {InUse}")]
    public partial void SecretBroken(string path, string reason, string detail, string inUse);

    [LoggerMessage(Message = "Credential of {Identity} ({Slot}): {Note}")]
    public partial void CredentialNoted(LogLevel level, string identity, string slot, string note);

    [LoggerMessage(Message = "Trust bundle {Trust}: {Note}")]
    public partial void TrustNoted(LogLevel level, string trust, string note);

    [LoggerMessage(Message = "Expected certificate: {Note}")]
    public partial void PinNoted(LogLevel level, string note);

    [LoggerMessage(Level = LogLevel.Error, Message = "Polling the files of {Name} failed; polling continues")]
    public partial void PollFailed(Exception fault, string name);
}
