using System.Diagnostics;
using System.Text;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// A hosts file for a single process (it runs in its own mount namespace), which uses no name server either. It changes in place and keeps its
/// length, so no reader sees half of it.
/// </summary>
internal sealed class HostsFile
{
    private const int Length = 2048;

    private readonly string _path;
    private readonly string _order;

    public HostsFile(Workspace workspace)
    {
        _path = workspace.Write("hosts", "");
        _order = workspace.Write("nsswitch.conf", "hosts: files\n");
    }

    /// <summary>A sentence that says why it is unavailable, or null; in CI it must be available.</summary>
    public static string? Missing { get; } = Environment.GetEnvironmentVariable("CI") == "true" || Works() ? null : "unshare --mount is not possible here";

    /// <summary>The prefix of a command that sees this file.</summary>
    public IReadOnlyList<string> Command =>
        ["unshare", .. Namespace, "bash", "-c", "mount --bind \"$0\" /etc/hosts && mount --bind \"$1\" /etc/nsswitch.conf && exec \"${@:2}\"", _path, _order];

    /// <summary>The lines, each with an address and a name.</summary>
    public void Write(params IEnumerable<string> lines)
    {
        var content = Encoding.ASCII.GetBytes(string.Concat(lines.Append("127.0.0.1 localhost").Select(line => line + "\n")).PadRight(Length, '\n'));
        Assert.Equal(Length, content.Length);
        using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
    }

    private static IReadOnlyList<string> Namespace => Environment.IsPrivilegedProcess ? ["--mount"] : ["--user", "--map-root-user", "--mount"];

    private static bool Works()
    {
        try
        {
            using var process = Process.Start("unshare", [.. Namespace, "mount", "--bind", "/etc/hosts", "/etc/hosts"]);
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
