namespace MtlsProbe.Demo;

/// <summary>
/// A rotation of client credentials without an outage, in two minutes: first the trust, then the clients, then the clean-up. The steps are data
/// (<see cref="Steps"/>). Each step is announced in the log and can be seen in the metrics.
/// </summary>
internal sealed partial class DemoRotation(DemoRollout rollout, TimeProvider time, ILogger<DemoRotation> log)
{
    /// <summary>
    /// In the order of time. Changed files are in use after 4 to 6 s, and a changed server is seen within <see cref="DemoFiles.Interval"/>. No step
    /// relies on a change that may not have arrived.
    /// </summary>
    public static readonly IReadOnlyList<DemoStep> Steps =
    [
        new(At(0, 15), "the next credential is staged; no server accepts it yet",
            """the next credential of rollout is staged, and no server accepts it yet: mtlsprobe_client_certificate_accepted{identity="rollout",slot="next"} appears and is 0 for all four""",
            rollout => rollout.StageNext()),
        new(At(0, 30), "trust first: one server after another accepts the current and the next credential",
            """trust first: rotation-1 trusts the new client authority beside the old one, so its mtlsprobe_client_certificate_accepted{slot="next"} becomes 1""",
            rollout => rollout.AddAuthority(1)),
        new(At(0, 36), null, "rotation-2 trusts the new client authority as well", rollout => rollout.AddAuthority(2)),
        new(At(0, 42), null,
            "rotation-3 trusts the new client authority as well; rotation-4 is a straggler, and `preflight --identity rollout` says that the rollout would break it",
            rollout => rollout.AddAuthority(3)),
        new(At(1, 0), "the straggler, rotation-4, catches up",
            """the straggler catches up: rotation-4 trusts the new client authority, and min(mtlsprobe_client_certificate_accepted{identity="rollout",slot="next"}) becomes 1: ready to roll out""",
            rollout => rollout.AddAuthority(4)),
        new(At(1, 15), "promotion: next becomes current, and no handshake fails",
            """promotion: the next credential replaces the current one, as mtlsprobe_presented_serial_info{identity="rollout",side="client"} shows, and mtlsprobe_success stays 1""",
            rollout => rollout.Promote()),
        new(At(1, 35), "clean-up: one server after another refuses the retired credential",
            """clean-up: rotation-1 no longer trusts the old client authority, so its mtlsprobe_rejection_enforced{identity="rollout-retired"} changes from 0 to 1""",
            rollout => rollout.RemoveOldAuthority(1)),
        new(At(1, 41), null, "rotation-2 no longer trusts the old client authority", rollout => rollout.RemoveOldAuthority(2)),
        new(At(1, 47), null, "rotation-3 no longer trusts the old client authority", rollout => rollout.RemoveOldAuthority(3)),
        new(At(1, 53), null, "rotation-4 no longer trusts the old client authority: the clean-up is complete", rollout => rollout.RemoveOldAuthority(4)),
        new(At(2, 5), "done: the new credential is accepted, the retired one refused, everywhere",
            """done: all four accept the new credential and refuse the retired one, and mtlsprobe_handshake_failures_total{identity="rollout",slot="current"} is 0 everywhere; `forecast` and the view Forecast of the page show what will fail next""",
            _ => { }),
    ];

    /// <summary>Takes all steps, then ends; earlier if it is stopped. The times count from this call.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var start = time.GetTimestamp();
        try
        {
            for (var i = 0; i < Steps.Count; i++)
            {
                var wait = Steps[i].At - time.GetElapsedTime(start);
                if (wait > TimeSpan.Zero) await Task.Delay(wait, time, stop).ConfigureAwait(false);
                LogStep(i + 1, Steps.Count, Steps[i].Announcement);
                Steps[i].Act(rollout);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The demo ends.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogStuck(e.Message);
        }
    }

    private static TimeSpan At(int minutes, int seconds) => new(0, minutes, seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Rotation, step {Step} of {Steps}: {Announcement}")]
    private partial void LogStep(int step, int steps, string announcement);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rotation stopped, the rest of the demo continues: the demo's directory is not writable: {Problem}")]
    private partial void LogStuck(string problem);
}

/// <summary>One change during a rotation.</summary>
/// <param name="At">The time since the start of the rotation.</param>
/// <param name="Heading">The heading of the part that begins with this step, for an overview; null: the part continues.</param>
/// <param name="Announcement">What happens now and where it can be seen, in one sentence.</param>
internal sealed record DemoStep(TimeSpan At, string? Heading, string Announcement, Action<DemoRollout> Act);
