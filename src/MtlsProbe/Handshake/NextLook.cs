namespace MtlsProbe.Handshake;

/// <summary>The look that follows one whose close can mean two things.</summary>
/// <param name="Patience">The least silence: longer than the server took.</param>
/// <param name="ClosedAfter">How long after ours the close came.</param>
/// <param name="AfterPlain">The close looked like an answer to ours. Once may be by chance: a refusal that comes late can meet our close.</param>
internal readonly record struct NextLook(TimeSpan Patience, TimeSpan ClosedAfter, bool AfterPlain);
