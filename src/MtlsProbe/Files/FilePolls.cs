using MtlsProbe.Loops;

namespace MtlsProbe.Files;

/// <summary>Polls files that are followed. A file that hangs does not delay the clock, and delays the others only briefly.</summary>
internal static class FilePolls
{
    /// <summary>A change is in use after two to three of these periods.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <summary>Polls until it is cancelled.</summary>
    /// <param name="files">The files to follow at that time.</param>
    /// <param name="polled">Called after each round.</param>
    /// <param name="failed">Called with unexpected errors, for example if a thread could not be started; the next round still comes.</param>
    public static Task RunAsync(Func<IEnumerable<FileFollower>> files, Func<Task> polled, Action<Exception> failed, Loop loop, CancellationToken stop) =>
        loop.RunAsync(
            () =>
            {
                Once(files(), PatientReads.Patience, stop);
                return polled();
            },
            Period,
            failed,
            stop);

    /// <summary>One round. Files whose last poll still hangs are not polled again before that ends.</summary>
    /// <param name="patience">The same as for <see cref="PatientReads.Run"/>.</param>
    public static void Once(IEnumerable<FileFollower> files, TimeSpan patience, CancellationToken stop = default)
    {
        List<Action> polls = [];
        foreach (var follower in files)
        {
            if (follower.IsPolling) follower.ComplainOfDelay();
            else polls.Add(follower.Poll);
        }

        PatientReads.Run(polls, patience, stop);
    }
}
