using System.Net.Sockets;

namespace MtlsProbe.Model;

/// <summary>Tells the want of what every step takes, which says nothing of a server and is no fault of the code: file descriptors, buffers, threads, memory.</summary>
internal static class Scarcity
{
    // errno(3), which .NET hands on where it has no exception of its own.
    private const int NoMemory = 12;
    private const int TooManyInTheSystem = 23;
    private const int TooManyInTheProcess = 24;

    public static bool Is(Exception fault) => fault switch
    {
        OutOfMemoryException or ThreadStartException => true,
        SocketException { SocketErrorCode: var error } => Is(error),
        IOException { HResult: NoMemory or TooManyInTheSystem or TooManyInTheProcess } => true,
        _ => fault.InnerException is { } inner && Is(inner),
    };

    public static bool Is(SocketError error) => error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;
}
