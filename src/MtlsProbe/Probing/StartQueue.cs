namespace MtlsProbe.Probing;

/// <summary>
/// The scheduled jobs in the order of their next starts. A job that is moved or removed leaves its old entry behind, which is skipped when its turn
/// comes: moving a job does not touch the others. Not thread-safe: the scheduler's lock guards it.
/// </summary>
internal sealed class StartQueue
{
    /// <summary>This many old entries are always allowed; beyond that, as many as there are jobs.</summary>
    private const int FewLeftPlaces = 1000;

    private readonly PriorityQueue<Place, DateTimeOffset> _places = new();
    private int _jobs; // with an entry that counts, at the last cleanup

    /// <summary>The job that starts first; null if there is none.</summary>
    public ScheduledJob? First
    {
        get
        {
            while (_places.TryPeek(out var place, out _))
            {
                if (place.Counts) return place.Job;
                _places.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Puts a job at its due time, and removes any other entry.</summary>
    public void Put(ScheduledJob job)
    {
        _places.Enqueue(new Place(job, ++job.TimesPut), job.Due);
        if (_places.Count > (2 * _jobs) + FewLeftPlaces) Tidy();
    }

    public void Clear()
    {
        _places.Clear();
        _jobs = 0;
    }

    private void Tidy()
    {
        List<(Place, DateTimeOffset)> counting = [.. _places.UnorderedItems.Where(item => item.Element.Counts)];
        _places.Clear();
        _places.EnqueueRange(counting);
        _jobs = counting.Count;
    }

    /// <param name="Number">How many times the job had been put into the queue when this entry was made.</param>
    private readonly record struct Place(ScheduledJob Job, long Number)
    {
        public bool Counts => !Job.Removed && Job.TimesPut == Number;
    }
}
