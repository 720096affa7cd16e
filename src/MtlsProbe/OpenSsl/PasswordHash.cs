using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// bcrypt by the system's libcrypt, which stands here because this folder alone calls native code. <c>crypt_r</c> keeps its state in
/// a buffer of the caller, so that threads do not meet.
/// </summary>
internal static unsafe partial class PasswordHash
{
    private const string LibCrypt = "libcrypt.so.1";

    /// <summary>More than <c>struct crypt_data</c> in every implementation (libxcrypt: 32 KiB, old glibc: 128 KiB).</summary>
    private const int StateSize = 256 * 1024;

    /// <summary>Whether libcrypt is there and knows bcrypt.</summary>
    public static bool IsAvailable
    {
        get
        {
            try
            {
                return Hash("", "$2b$04$......................") is not null;
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                return false;
            }
        }
    }

    public static bool Matches(string password, string hash)
    {
        // Passwords hashed by PHP and old tools carry 2y or 2a; the algorithm is the same as 2b for them.
        var computed = Hash(password, hash);
        return computed is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(computed), Encoding.ASCII.GetBytes(hash));
    }

    private static string? Hash(string password, string setting)
    {
        var state = NativeMemory.AllocZeroed(StateSize);
        try
        {
            var result = crypt_r(password, setting, state);
            var text = result is null ? null : Marshal.PtrToStringUTF8((nint)result);
            return text is null || text.StartsWith('*') ? null : text;
        }
        finally
        {
            NativeMemory.Clear(state, StateSize);
            NativeMemory.Free(state);
        }
    }

    [LibraryImport(LibCrypt, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* crypt_r(string phrase, string setting, void* data);
}
