using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>No request: TLS alone decides, by what the server does in our silence and after our close.</summary>
internal sealed record Tls : Protocol
{
    public static ProtocolGrammar Grammar { get; } = new() { Name = "tls", Does = "stops after the handshake", Read = _ => new Tls() };

    public override string Name => Grammar.Name;
}
