namespace MtlsProbe.Probing;

/// <summary>
/// The places of probes under way: one at the endpoint, until its handshake is over, and one in the whole process, until it has ended. Who
/// finds none waits in line: for the place at its endpoint first, and only then for the other, so that a crowd at one endpoint keeps nobody
/// else waiting. Nor does one that is let in and gets no answer: where too many wait at one endpoint, they keep their places there. Not
/// thread-safe: the scheduler's lock guards it.
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
        job.IsAtEndpoint = true;
        if (Taken == limits.Total)
        {
            _line.Enqueue(job);
            return false;
        }

        Taken++;
        return true;
    }

    /// <summary>
    /// Frees the place of a job at its endpoint: what it does there from now on is mostly waiting. Returns a job that may run now.
    /// </summary>
    public ScheduledJob? LeaveEndpoint(ScheduledJob job)
    {
        if (!job.IsAtEndpoint || !_endpoints.TryGetValue(job.Job.Key.Address, out var endpoint) || endpoint.Waiting == limits.WaitingPerEndpoint) return null;
        endpoint.Waiting++;
        job.IsWaiting = true;
        FreeEndpoint(job);
        return Next();
    }

    /// <summary>Frees the places of a job that has run. Returns the job that may run in its stead.</summary>
    public ScheduledJob? Leave(ScheduledJob job)
    {
        Taken--;
        if (job.IsWaiting)
        {
            job.IsWaiting = false;
            var endpoint = _endpoints[job.Job.Key.Address];
            endpoint.Waiting--;
            RemoveIfEmpty(job.Job.Key.Address, endpoint);
        }

        FreeEndpoint(job);
        return Next();
    }

    private ScheduledJob? Next()
    {
        while (Taken < limits.Total && _line.TryDequeue(out var next))
        {
            if (!next.Removed)
            {
                Taken++;
                return next;
            }

            FreeEndpoint(next);
        }

        return null;
    }

    private void FreeEndpoint(ScheduledJob job)
    {
        if (!job.IsAtEndpoint) return;
        job.IsAtEndpoint = false;
        var address = job.Job.Key.Address;
        var endpoint = _endpoints[address];
        while (endpoint.Line.TryDequeue(out var next))
        {
            if (next.Removed) continue;
            next.IsAtEndpoint = true;
            _line.Enqueue(next);
            return;
        }

        endpoint.Taken--;
        RemoveIfEmpty(address, endpoint);
    }

    private void RemoveIfEmpty(string address, Endpoint endpoint)
    {
        if (endpoint is { Taken: 0, Waiting: 0 }) _endpoints.Remove(address);
    }

    private sealed class Endpoint
    {
        public int Taken { get; set; }

        /// <summary>Probes whose handshake is over.</summary>
        public int Waiting { get; set; }

        public Queue<ScheduledJob> Line { get; } = new();
    }
}
