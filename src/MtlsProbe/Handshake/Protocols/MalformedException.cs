namespace MtlsProbe.Handshake;

/// <summary>A server violated its protocol, or sent more than our limits allow. The message is a sentence without a capital letter.</summary>
internal sealed class MalformedException(string message) : Exception(message);
