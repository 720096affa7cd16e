namespace MtlsProbe.Probing;

/// <summary>
/// The places of probes under way. Who finds none waits in line: for a place at its endpoint first, and only then for one of the
/// whole process, so that a crowd at one endpoint keeps nobody else waiting. Not thread-safe: the scheduler's lock guards it.
/// </summary>
internal sealed class ConcurrencyLimiter(SchedulerLimits limits)
{
    private readonly Dictionary<string, Endpoint> _endpoints = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<ScheduledJob> _line = new(); // each of them has its place at its endpoint already

    public int Taken { get; private set; }

    /// <summary>Whether the job may run now. If not, it waits, and a <see cref="Leave"/> hands it out later.</summary>
    public bool TryEnter(ScheduledJob job)
    {
        var address = job.Job.Key.Address;
        if (!_endpoints.TryGetValue(address, out var endpoint)) _endpoints[address] = endpoint = new Endpoint();
        if (endpoint.Taken == limits.PerEndpoint)
        {
            endpoint.Line.Enqueue(job);
            return false;
        }

        endpoint.Taken++;
        if (Taken == limits.Total)
        {
            _line.Enqueue(job);
            return false;
        }

        Taken++;
        return true;
    }

    /// <summary>Frees the place of a job that has run. Returns the job that may run in its stead.</summary>
    public ScheduledJob? Leave(ScheduledJob job)
    {
        Taken--;
        LeaveEndpoint(job);
        while (_line.TryDequeue(out var next))
        {
            if (!next.Removed)
            {
                Taken++;
                return next;
            }

            LeaveEndpoint(next);
        }

        return null;
    }

    private void LeaveEndpoint(ScheduledJob job)
    {
        var address = job.Job.Key.Address;
        var endpoint = _endpoints[address];
        while (endpoint.Line.TryDequeue(out var next))
        {
            if (next.Removed) continue;
            _line.Enqueue(next);
            return;
        }

        if (--endpoint.Taken == 0) _endpoints.Remove(address);
    }

    private sealed class Endpoint
    {
        public int Taken { get; set; }

        public Queue<ScheduledJob> Line { get; } = new();
    }
}
