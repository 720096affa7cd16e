using System.Text;

namespace MtlsProbe.Handshake;

/// <summary>Bytes as a command for a POSIX shell.</summary>
internal static class ShellBytes
{
    /// <summary>A <c>printf</c> that writes them: printable ASCII unchanged, the rest as the octal escapes of POSIX.</summary>
    public static string Print(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("printf '");
        foreach (var b in bytes)
        {
            text.Append(b switch
            {
                (byte)'\r' => @"\r",
                (byte)'\n' => @"\n",
                (byte)'\\' => @"\\",
                (byte)'%' => "%%",
                (byte)'\'' => @"'\''",
                >= 0x20 and < 0x7f => ((char)b).ToString(),
                _ => @"\" + Convert.ToString(b, 8).PadLeft(3, '0'),
            });
        }

        return text.Append('\'').ToString();
    }
}
