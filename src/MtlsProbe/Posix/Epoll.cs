using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MtlsProbe.Posix;

/// <summary>
/// The kernel's list of descriptors that have become ready (epoll(7)), edge-triggered: each change is reported once. One thread waits; any thread can
/// add a descriptor or wake the one that waits. A descriptor leaves the list when it is closed.
/// </summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    /// <summary>Returned by <see cref="Wait"/> for a call of <see cref="Wake"/>; no descriptor may be added with it.</summary>
    public const ulong WakeUp = ulong.MaxValue;

    // sys/epoll.h and sys/eventfd.h of Linux on x86 and Arm.
    private const int CloseOnExec = 0x80000; // EPOLL_CLOEXEC, EFD_CLOEXEC
    private const int NonBlocking = 0x800; // EFD_NONBLOCK
    private const int AddDescriptor = 1; // EPOLL_CTL_ADD
    private const uint Readable = 1; // EPOLLIN
    private const uint Writable = 4; // EPOLLOUT
    private const uint PeerClosed = 0x2000; // EPOLLRDHUP
    private const uint Broken = 0x18; // EPOLLERR, EPOLLHUP, which are always reported
    private const uint EdgeTriggered = 0x80000000; // EPOLLET
    private const int Interrupted = 4; // EINTR

    /// <summary>Maximum number of events of one wait.</summary>
    private const int MostEvents = 64;

    // struct epoll_event: 32 bits of events, then 64 bits of data. It is packed on x86-64 only.
    private static readonly int s_dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_eventSize = s_dataOffset + 8;

    private readonly SafeFileHandle _list;
    private readonly SafeFileHandle _wake; // an eventfd: a counter that is readable while it is not 0
    private readonly byte[] _events = new byte[MostEvents * s_eventSize];

    /// <exception cref="IOException">The process or the machine has no descriptor left.</exception>
    public Epoll()
    {
        _list = Opened(CreateList(CloseOnExec));
        _wake = Opened(CreateCounter(0, CloseOnExec | NonBlocking));
        Control(_wake.DangerousGetHandle(), Readable | EdgeTriggered, WakeUp);
    }

    /// <summary>Reports changes of the descriptor from now on, and at once if it is ready.</summary>
    /// <param name="descriptor">It must stay open during this call.</param>
    /// <param name="token">Returned with each change.</param>
    /// <exception cref="IOException">The kernel has no memory for it.</exception>
    public void Add(nint descriptor, ulong token) => Control(descriptor, Readable | Writable | PeerClosed | EdgeTriggered, token);

    /// <summary>Waits for changes. Returns their number; 0 if the time is over.</summary>
    /// <param name="milliseconds">-1: without a limit.</param>
    public int Wait(Span<Readied> readied, int milliseconds)
    {
        int count;
        fixed (byte* events = _events) count = WaitFor(_list, events, Math.Min(readied.Length, MostEvents), milliseconds);
        if (count < 0) return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw Failure();
        for (var i = 0; i < count; i++)
        {
            var one = _events.AsSpan(i * s_eventSize, s_eventSize);
            var changes = MemoryMarshal.Read<uint>(one);
            readied[i] = new Readied(MemoryMarshal.Read<ulong>(one[s_dataOffset..]), (changes & (Readable | PeerClosed | Broken)) != 0, (changes & (Writable | Broken)) != 0);
        }

        return count;
    }

    /// <summary>Ends the current or the next wait.</summary>
    public void Wake()
    {
        var one = 1UL;
        _ = Write(_wake, &one, sizeof(ulong)); // fails only if the counter is at its maximum, and then it is not 0
    }

    public void Dispose()
    {
        _wake.Dispose();
        _list.Dispose();
    }

    private void Control(nint descriptor, uint changes, ulong token)
    {
        var change = stackalloc byte[16];
        MemoryMarshal.Write(new Span<byte>(change, 16), changes);
        MemoryMarshal.Write(new Span<byte>(change, 16)[s_dataOffset..], token);
        if (ControlList(_list, AddDescriptor, (int)descriptor, change) != 0) throw Failure();
    }

    private static SafeFileHandle Opened(SafeFileHandle handle) => handle.IsInvalid ? throw Failure() : handle;

    private static IOException Failure() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial SafeFileHandle CreateList(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial SafeFileHandle CreateCounter(uint start, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int ControlList(SafeFileHandle list, int operation, int descriptor, byte* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int WaitFor(SafeFileHandle list, byte* events, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(SafeFileHandle handle, void* bytes, nint count);
}

/// <summary>A descriptor that has become ready, or has broken: then both ways are.</summary>
/// <param name="Token">As it was added.</param>
internal readonly record struct Readied(ulong Token, bool Readable, bool Writable);
