using System.Net.Sockets;

namespace MtlsProbe.Model;

/// <summary>Recognizes a lack of resources, which says nothing about a server and is not a bug: file descriptors, buffers, threads, memory.</summary>
internal static class Scarcity
{
    // errno(3), which .NET passes on if it has no exception type for it.
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
