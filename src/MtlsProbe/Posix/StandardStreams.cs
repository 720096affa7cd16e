using System.Runtime.InteropServices;

namespace MtlsProbe.Posix;

/// <summary>
/// Which of the descriptors 0, 1 and 2 this process was started with. If one is missing, the next file that is opened gets its number, and log output
/// would be written into that file.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int ReadWrite = 2; // O_RDWR

    /// <summary>
    /// Fills missing numbers with /dev/null, so that no other file gets them. Call it before any file is opened. A descriptor that the runtime has
    /// opened is recognized by its close-on-exec flag, which no inherited descriptor has.
    /// </summary>
    /// <returns>Whether standard output and standard error are connected.</returns>
    public static (bool Output, bool Error) Hold()
    {
        Span<bool> given = stackalloc bool[3];
        for (var number = 0; number < given.Length; number++)
        {
            var flags = GetFlags(number, GetDescriptorFlags);
            if (flags >= 0) given[number] = (flags & CloseOnExec) == 0;
            else _ = OpenFile("/dev/null", ReadWrite); // gets the lowest free number, which is this one; not inherited, because we start no processes
        }

        return (given[1], given[2]);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int GetFlags(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
