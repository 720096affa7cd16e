using System.Text;
using MtlsProbe.Files;

namespace MtlsProbe.Clusters;

/// <summary>
/// A kubeconfig as text without its secrets. A parser makes strings of all values, and strings stay in memory for an unknown time. Before parsing,
/// every value and every comment is therefore overwritten, except the values of the few keys that are needed.
/// </summary>
internal static class KubeconfigText
{
    /// <param name="content">UTF-8, YAML or JSON.</param>
    /// <param name="isRead">The keys whose values are kept.</param>
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
