using System.Net.Sockets;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

/// <summary>What is reported as a lack of resources, and what as a bug.</summary>
public sealed class ScarcityTests
{
    public static TheoryData<Exception, bool> Faults => new()
    {
        { new InsufficientMemoryException(), true },
        { new SocketException((int)SocketError.TooManyOpenSockets), true },
        { new SocketException((int)SocketError.NoBufferSpaceAvailable), true },
        { new SocketException((int)SocketError.ConnectionRefused), false },
        { new IOException("Too many open files", 24), true },
        { new IOException("too many open files", new SocketException((int)SocketError.TooManyOpenSockets)), true },
        { new IOException("Input/output error", 5), false },
        { new InvalidOperationException(), false },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Scarcity_is_distinguished_from_faults(Exception fault, bool isScarcity) => Assert.Equal(isScarcity, Scarcity.Is(fault));
}
