using System.Text;
using MtlsProbe.Files;

namespace MtlsProbe.Clusters;

/// <summary>
/// A kubeconfig as text without its secrets. A parser makes texts of all values, and texts lie in memory until nobody knows when: so every
/// value and every comment is overwritten before, but for those of the few keys that are read.
/// </summary>
internal static class KubeconfigText
{
    /// <param name="content">UTF-8, YAML or JSON.</param>
    /// <param name="isRead">Of which keys the values stay.</param>
    public static string Of(ReadOnlySpan<byte> content, IsKeyRead isRead)
    {
        var buffer = PinnedBuffers.Rent(content.Length);
        try
        {
            var text = buffer.AsSpan(0, content.Length);
            content.CopyTo(text);
            new YamlMask(text, isRead).Run();
            return Encoding.UTF8.GetString(text);
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }
}
