namespace MtlsProbe.Files;

/// <summary>
/// Runs steps one after another, each of which can hang: for example, reading a pipe without a writer, or a file on a network file system without a
/// server. Only the other side can end such a call. The steps run on a separate thread. A step that hangs keeps this thread, and the steps after it
/// run on another.
/// </summary>
internal static class PatientReads
{
    /// <summary>How long a step may take before the next one no longer waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // If many files hang, the others must not wait a second for each.
    private static readonly TimeSpan s_leastPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns when each step has ended or its time is up; the latter end later, or never.</summary>
    /// <param name="steps">They must not throw.</param>
    /// <param name="patience">The time for the first step that hangs; each further one gets less.</param>
    public static void Run(IReadOnlyList<Action> steps, TimeSpan patience, CancellationToken stop = default)
    {
        var next = 0;
        while (next < steps.Count && !stop.IsCancellationRequested)
        {
            if (new Worker(steps, next).Wait(patience) is not { } hanging) return;
            next = hanging + 1;
            patience = patience / 2 > s_leastPatience ? patience / 2 : s_leastPatience;
        }
    }

    private sealed class Worker
    {
        private readonly object _gate = new();
        private readonly IReadOnlyList<Action> _steps;
        private int _at;
        private bool _isLeft;

        public Worker(IReadOnlyList<Action> steps, int first)
        {
            (_steps, _at) = (steps, first);
            new Thread(Work) { IsBackground = true, Name = "files" }.Start();
        }

        /// <summary>The index of the step that hangs; null if all are done. It waits in real time, because the step hangs in the kernel.</summary>
        public int? Wait(TimeSpan patience)
        {
            lock (_gate)
            {
                while (_at < _steps.Count)
                {
                    var before = _at;
                    Monitor.Wait(_gate, patience);
                    if (_at != before) continue;
                    _isLeft = true;
                    return _at;
                }

                return null;
            }
        }

        private void Work()
        {
            var isOver = false;
            while (!isOver)
            {
                _steps[_at]();
                lock (_gate)
                {
                    _at++;
                    isOver = _isLeft || _at == _steps.Count;
                    if (isOver) Monitor.PulseAll(_gate);
                }
            }
        }
    }
}
