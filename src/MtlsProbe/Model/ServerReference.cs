namespace MtlsProbe.Model;

/// <summary>Whom the certificate of a server has to be for (RFC 9525 §1.5: the reference identity). What is null is not looked at.</summary>
/// <param name="Name">DNS name or IP address.</param>
internal sealed record ServerReference(string? Name, ServerIdentity? Id = null);
