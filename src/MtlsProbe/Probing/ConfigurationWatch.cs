using System.Security.Cryptography;

namespace MtlsProbe.Probing;

/// <summary>
/// Sees when the configuration file has another content, by reading it: that works on every file system, over symlink swaps as
/// Kubernetes makes them, and a file that is only touched is left alone.
/// </summary>
internal sealed class ConfigurationWatch(string file, TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private const string Missing = "missing";

    private string _loaded = Fingerprint(file);

    /// <summary>To be called just before the file is loaded, whoever does it: this content is known, good or bad.</summary>
    public void MarkLoaded() => Volatile.Write(ref _loaded, Fingerprint(file));

    /// <summary>Calls <paramref name="reload"/> once for each new content; it must not throw.</summary>
    public async Task RunAsync(Func<Task> reload, CancellationToken stop)
    {
        var last = Volatile.Read(ref _loaded);
        while (true)
        {
            await Task.Delay(Period, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            var content = Fingerprint(file);

            // The same content twice: an editor or a copy may be in the middle of writing it.
            if (content == last && content != Volatile.Read(ref _loaded)) await reload().ConfigureAwait(false);
            last = content;
        }
    }

    private static string Fingerprint(string file)
    {
        try
        {
            using var content = File.OpenRead(file);
            return Convert.ToHexString(SHA256.HashData(content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Missing;
        }
    }
}
