using MtlsProbe.Config;

namespace MtlsProbe.Handshake;

/// <summary>The protocols of this program. A new one needs its own file and a line here; reasons of its own stand with the others.</summary>
internal static class BuiltInProtocols
{
    public static Protocols All { get; } = new([Https.Grammar, Tls.Grammar]);
}
