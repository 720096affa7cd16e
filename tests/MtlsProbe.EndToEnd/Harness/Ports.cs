using System.Net;
using System.Net.Sockets;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// Free TCP ports for servers that need a fixed port. They are below the range of the kernel's ports for outgoing connections, so none of the many
/// connections of a run can take one between the choice and the bind.
/// </summary>
internal static class Ports
{
    private const int First = 12000;
    private const int Last = 32000;

    private static readonly Lock Gate = new();
    private static int _next = Random.Shared.Next(First, Last);

    public static int Free() => Block(1);

    /// <summary>The first of this many free ports in a row.</summary>
    public static int Block(int count)
    {
        lock (Gate)
        {
            for (var tries = 0; tries < Last - First; tries++)
            {
                var first = _next + count <= Last ? _next : First;
                var taken = Enumerable.Range(first, count).FirstOrDefault(port => !IsFree(port));
                _next = taken == 0 ? first + count : taken + 1;
                if (taken == 0) return first;
            }
        }

        throw new InvalidOperationException($"no {count} free ports in a row between {First} and {Last}");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
