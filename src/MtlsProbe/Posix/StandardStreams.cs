using System.Runtime.InteropServices;

namespace MtlsProbe.Posix;

/// <summary>
/// Which of the descriptors 0, 1 and 2 somebody gave to this process. Where it was started without one, the next file that is opened gets
/// its number, and what is meant for the log would be written into that.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC
    private const int ReadWrite = 2; // O_RDWR

    /// <summary>
    /// Fills free numbers with /dev/null, so that nothing else takes them. To be called before any file is opened; what the runtime has
    /// opened before is told by its flag, which no descriptor has that came through an exec.
    /// </summary>
    /// <returns>Whether standard output and standard error lead to somewhere.</returns>
    public static (bool Output, bool Error) Hold()
    {
        Span<bool> given = stackalloc bool[3];
        for (var number = 0; number < given.Length; number++)
        {
            var flags = GetFlags(number, GetDescriptorFlags);
            if (flags >= 0) given[number] = (flags & CloseOnExec) == 0;
            else _ = OpenFile("/dev/null", ReadWrite); // takes the lowest free number, which is this one; inherited by nobody, since we start nobody
        }

        return (given[1], given[2]);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int GetFlags(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
