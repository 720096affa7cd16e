using MtlsProbe.Config;
using MtlsProbe.Files;

namespace MtlsProbe.Discovery;

/// <summary>
/// Sees when the configuration file has another content, by reading it: that works on every file system, over symlink swaps as
/// Kubernetes makes them, and a file that is only touched is left alone.
/// </summary>
/// <param name="loaded">The fingerprint of the content that is in use.</param>
internal sealed class ConfigurationWatch(string file, string loaded, TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private string _loaded = loaded;

    /// <summary>To be called whenever the file has been loaded, whoever did it: this content is known, good or bad.</summary>
    public void MarkLoaded(string fingerprint) => Volatile.Write(ref _loaded, fingerprint);

    /// <summary>Calls <paramref name="reload"/> once for each new content; it must not throw.</summary>
    public async Task RunAsync(Func<Task> reload, CancellationToken stop)
    {
        var last = Volatile.Read(ref _loaded);
        Look? look = null;
        while (true)
        {
            await Task.Delay(Period, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) return;
            look ??= Look.At(file, stop);
            if (look.Fingerprint is not { } content) continue; // it hangs; what it sees in the end will count
            look = null;

            // The same content twice: an editor or a copy may be in the middle of writing it.
            if (content == last && content != Volatile.Read(ref _loaded)) await reload().ConfigureAwait(false);
            last = content;
        }
    }

    /// <summary>One look at the file, which may take for ever.</summary>
    private sealed class Look
    {
        private volatile string? _fingerprint;

        /// <summary>Null until it is over.</summary>
        public string? Fingerprint => _fingerprint;

        public static Look At(string file, CancellationToken stop)
        {
            var look = new Look();
            Sweep.Run([() => look._fingerprint = TextFile.Fingerprint(file)], Sweep.Patience, stop);
            return look;
        }
    }
}
