using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>monit's status page. It answers every certificate of a known issuer, even a good one, with internal_error.</summary>
internal static class Monit
{
    public const string Package = "monit";

    public static Task<ServerGroup> Start(Workspace workspace, PkiFiles files, Endpoint endpoint)
    {
        var configuration = workspace.Write("monit/monitrc", $$"""
            set daemon 3600
            set log {{workspace.PathOf("monit/log")}}
            set pidfile {{workspace.PathOf("monit/pid")}}
            set idfile {{workspace.PathOf("monit/id")}}
            set statefile {{workspace.PathOf("monit/state")}}
            set httpd port {{endpoint.Port}} and
              use address {{endpoint.Host}}
              with ssl {
                pemfile: {{Private(workspace, "monit/server.pem", File.ReadAllText(files.ServerCombined(endpoint.Certificate)))}}
                clientpemfile: {{Private(workspace, "monit/clients.pem", File.ReadAllText(files.Root))}}
              }
              allow 127.0.0.1

            """);
        File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return ServerGroup.Ready([endpoint], Unpacked.Package(Package).Start("monit", "usr/bin/monit", ["-I", "-c", configuration]));
    }

    /// <summary>It accepts no file that other users can write or read.</summary>
    private static string Private(Workspace workspace, string name, string text)
    {
        var path = workspace.Write(name, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
