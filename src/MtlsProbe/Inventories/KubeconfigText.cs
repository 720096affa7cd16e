using System.Text;
using MtlsProbe.Files;

namespace MtlsProbe.Inventories;

/// <summary>
/// A kubeconfig as text without its secrets. A parser makes texts of all values, and texts lie in memory until nobody knows when: so every
/// value and every comment is overwritten before, but for those of the few keys that are read.
/// </summary>
internal static class KubeconfigText
{
    /// <param name="content">UTF-8, YAML or JSON.</param>
    public static string Of(ReadOnlySpan<byte> content)
    {
        var buffer = PinnedBuffers.Rent(content.Length);
        try
        {
            var text = buffer.AsSpan(0, content.Length);
            content.CopyTo(text);
            new YamlMask(text, IsRead).Run();
            return Encoding.UTF8.GetString(text);
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }

    private static bool IsRead(ReadOnlySpan<byte> key) =>
        key.SequenceEqual("client-certificate-data"u8) || key.SequenceEqual("certificate-authority-data"u8)
        || key.SequenceEqual("client-certificate"u8) || key.SequenceEqual("certificate-authority"u8);
}
