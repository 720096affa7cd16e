using System.Net;
using System.Text;
using MtlsProbe.Files;

namespace MtlsProbe.DnsQueries;

/// <summary>The name servers of this machine.</summary>
internal static class NameServers
{
    public const string File = "/etc/resolv.conf";

    private const int Port = 53;
    private const int MaxSize = 64 * 1024;

    /// <summary>glibc uses no more (resolv.conf(5)).</summary>
    private const int Most = 3;

    /// <summary>Those of <see cref="File"/>, or why there are none.</summary>
    public static (IReadOnlyList<IPEndPoint> Servers, string? Problem) OfMachine()
    {
        using var files = FileSet.ReadPatiently([File], MaxSize);
        if (files.Files[0].Problem is { } problem) return ([], $"{File} {problem.Text}");
        var servers = Read(Encoding.UTF8.GetString(files.Files[0].Bytes));
        return servers.Count > 0 ? (servers, null) : ([], $"{File} has no nameserver line");
    }

    /// <param name="text">As in resolv.conf(5); other lines are ignored.</param>
    public static IReadOnlyList<IPEndPoint> Read(string text) =>
    [
        .. text.Split('\n').Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(words => words is ["nameserver", var word, ..] && IPAddress.TryParse(word, out var address) ? new IPEndPoint(address, Port) : null)
            .OfType<IPEndPoint>().Take(Most),
    ];
}
