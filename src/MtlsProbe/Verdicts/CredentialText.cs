using MtlsProbe.Model;

namespace MtlsProbe.Verdicts;

/// <summary>The credential of a handshake and its expectation, as text. Names are as configured, not yet escaped.</summary>
internal static class CredentialText
{
    /// <summary>As <c>checkout (next)</c>; the built-in identity has no slots.</summary>
    public static string Name(string identity, Slot slot) => identity == Identity.None ? identity : $"{identity} ({slot.Label()})";

    /// <summary>Like <see cref="Name"/>, and whether the server must refuse it.</summary>
    public static string Purpose(string identity, Slot slot, Expectation expect) =>
        Name(identity, slot) + (expect == Expectation.Reject ? ", must be refused" : "");

    /// <summary>The client with this credential, as part of a sentence.</summary>
    public static string Client(string identity) => identity == Identity.None ? "a client without a certificate" : $"identity {identity}";
}
