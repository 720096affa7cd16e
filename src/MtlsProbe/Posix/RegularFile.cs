using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MtlsProbe.Posix;

/// <summary>Opens a path without blocking. .NET always blocks when it opens a pipe, until the other end is open.</summary>
internal static unsafe partial class RegularFile
{
    // fcntl.h of Linux on x86 and Arm.
    private const int ReadOnly = 0;
    private const int NoTerminal = 0x100; // O_NOCTTY
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    // sys/stat.h: statx is the same on every architecture.
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint TypeOnly = 1; // STATX_TYPE
    private const int StatusSize = 256;
    private const int ModeOffset = 28; // stx_mode, 16 bits
    private const int TypeMask = 0xf000; // S_IFMT
    private const int Directory = 0x4000;
    private const int Regular = 0x8000;

    private const int NotPermitted = 1; // EPERM
    private const int NoEntry = 2; // ENOENT
    private const int Interrupted = 4; // EINTR
    private const int AccessDenied = 13; // EACCES
    private const int NotADirectory = 20; // ENOTDIR

    /// <summary>Opens the file for reading, and returns its kind.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    /// <exception cref="IOException">Any other error, with the system's message.</exception>
    public static (SafeFileHandle Handle, PathKind Kind) Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        while (true)
        {
            var handle = OpenFile(path, ReadOnly | NoTerminal | NonBlocking | CloseOnExec);
            if (!handle.IsInvalid) return (handle, KindOf(handle));
            var error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            switch (error)
            {
                case Interrupted:
                    continue;
                case NoEntry or NotADirectory:
                    throw new FileNotFoundException(null, path);
                case AccessDenied or NotPermitted:
                    throw new UnauthorizedAccessException();
                default:
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    /// <summary>Other if the system does not tell: a file that cannot be examined is not followed.</summary>
    private static PathKind KindOf(SafeFileHandle handle)
    {
        var status = stackalloc byte[StatusSize];
        if (Statx(handle, "", EmptyPath, TypeOnly, status) != 0) return PathKind.Other;
        return (*(ushort*)(status + ModeOffset) & TypeMask) switch
        {
            Regular => PathKind.File,
            Directory => PathKind.Directory,
            _ => PathKind.Other,
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint wanted, byte* status);
}

/// <summary>The kind of a file.</summary>
internal enum PathKind
{
    File,
    Directory,

    /// <summary>A pipe, a socket or a device.</summary>
    Other,
}
