using MtlsProbe.Config;

namespace MtlsProbe.Handshake;

/// <summary>The protocols of this program. A line here is all that a new one needs outside its own file.</summary>
internal static class BuiltInProtocols
{
    public static Protocols All { get; } = new([Https.Grammar, Tls.Grammar]);
}
