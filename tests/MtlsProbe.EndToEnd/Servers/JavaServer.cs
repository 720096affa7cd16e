using System.Globalization;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>The HTTPS server of Java's standard library, from a source file. It refuses by a bare close.</summary>
internal static class JavaServer
{
    public const string Program = "java";
    public const string Compiler = "javac";

    public static Task<ServerGroup> Start(PkiFiles files)
    {
        var endpoint = Endpoint.Https("java", "good");
        return ServerGroup.Ready([endpoint], ChildProcess.Start("java", Program,
        [
            ScriptServers.Script("JavaServer.java"), endpoint.Port.ToString(CultureInfo.InvariantCulture),
            files.ServerCertificate(endpoint.Certificate), files.ServerKey(endpoint.Certificate), files.Root,
        ]));
    }
}
