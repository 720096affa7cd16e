namespace MtlsProbe.Probing;

/// <summary>
/// The slots of probes in progress: one at the endpoint, until the handshake has ended, and one in the whole process, until the probe has ended. A
/// probe without a slot waits first for the slot at its endpoint, and only then for the other, so that many probes at one endpoint do not delay
/// others. The same applies to a server that accepts and never answers: if too many probes wait at one endpoint, they keep their slots there. Not
/// thread-safe: the scheduler's lock guards it.
/// </summary>
internal sealed class ConcurrencyLimiter(SchedulerLimits limits)
{
    private readonly Dictionary<string, Endpoint> _endpoints = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<ScheduledJob> _line = new(); // each of them already has its slot at its endpoint

    public int Taken { get; private set; }

    /// <summary>Whether the job may run now. If not, it waits, and a later <see cref="Leave"/> returns it.</summary>
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

    /// <summary>Frees the slot of a job at its endpoint: from now on it mostly waits there. Returns a job that may run now.</summary>
    public ScheduledJob? LeaveEndpoint(ScheduledJob job)
    {
        if (!job.IsAtEndpoint || !_endpoints.TryGetValue(job.Job.Key.Address, out var endpoint) || endpoint.Waiting == limits.WaitingPerEndpoint) return null;
        endpoint.Waiting++;
        job.IsWaiting = true;
        FreeEndpoint(job);
        return Next();
    }

    /// <summary>Frees the slots of a job that has run. Returns the job that may run instead.</summary>
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

        /// <summary>Probes whose handshake has ended.</summary>
        public int Waiting { get; set; }

        public Queue<ScheduledJob> Line { get; } = new();
    }
}
