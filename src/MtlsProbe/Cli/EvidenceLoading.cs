using MtlsProbe.Model;
using MtlsProbe.Revocation;

namespace MtlsProbe.Cli;

/// <summary>Fetches evidence of revocation for a command that probes once: before it probes, and not for long.</summary>
internal static class EvidenceLoading
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>Reads the configured evidence. What does not arrive in time is unknown.</summary>
    public static Task FollowAsync(EvidenceStore evidence, Configuration configuration, Surroundings surroundings, CancellationToken stop)
    {
        evidence.Follow(configuration);
        return LoadAsync(evidence, surroundings, stop);
    }

    /// <summary>Probes, and probes again if the certificates that were seen name places of evidence that the configuration allows.</summary>
    public static async Task<T> ProbeAsync<T>(EvidenceStore evidence, Func<Task<T>> probe, Surroundings surroundings, CancellationToken stop)
    {
        var results = await probe();
        if (!evidence.HasToLoad) return results;
        await LoadAsync(evidence, surroundings, stop);
        return await probe();
    }

    /// <summary>Fetches what has not been fetched yet.</summary>
    public static async Task LoadAsync(EvidenceStore evidence, Surroundings surroundings, CancellationToken stop)
    {
        if (!evidence.HasToLoad) return;
        using var waiting = new Waiting(surroundings, "fetching evidence of revocation …");
        using var patience = new CancellationTokenSource(s_patience, surroundings.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        await evidence.LoadAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
    }
}
