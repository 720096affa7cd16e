namespace MtlsProbe.Handshake;

/// <summary>A server said what its protocol does not have, or more than we read. The message is a sentence that begins in the middle.</summary>
internal sealed class MalformedException(string message) : Exception(message);
