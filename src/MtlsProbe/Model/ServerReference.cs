namespace MtlsProbe.Model;

/// <summary>The subject that the certificate of a server must be for (RFC 9525 §1.5: the reference identity). Null parts are not checked.</summary>
/// <param name="Name">DNS name or IP address.</param>
internal sealed record ServerReference(string? Name, ServerIdentity? Id = null);
