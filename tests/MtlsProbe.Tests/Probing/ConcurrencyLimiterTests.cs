using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class ConcurrencyLimiterTests
{
    private static readonly SchedulerLimits Limits = new(Total: 5, PerEndpoint: 2) { WaitingPerEndpoint = 1 };

    [Fact]
    public void The_limits_always_hold_and_every_waiter_gets_a_place()
    {
        // Each number is an event: 0-54 one more job arrives at one of four endpoints, 55-69 the handshake of a running one ends, 70-89 a running one
        // ends, above that a waiting one is removed.
        var events = Gen.Choose(0, 99).ArrayOf().Resize(200).ToArbitrary();
        Prop.ForAll(events, all =>
        {
            var crowd = new Crowd();
            foreach (var number in all)
            {
                if (number < 55) crowd.Come(number % 4);
                else if (number < 70) crowd.EndHandshake(number);
                else if (number < 90) crowd.EndOne(number);
                else crowd.RemoveOne(number);
                if (!crowd.WithinLimits) return false;
            }

            while (crowd.EndOne(0))
            {
                if (!crowd.WithinLimits) return false;
            }

            return crowd.NobodyWaits;
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private sealed class Crowd
    {
        private readonly ConcurrencyLimiter _limiter = new(Limits);
        private readonly List<ScheduledJob> _running = [];
        private readonly List<ScheduledJob> _waiting = [];
        private int _names;

        public bool WithinLimits =>
            _limiter.Taken == _running.Count && _running.Count <= Limits.Total
            && _running.Where(job => job.IsWaiting).CountBy(job => job.Job.Key.Address).All(endpoint => endpoint.Value <= Limits.WaitingPerEndpoint)
            && _running.Where(job => !job.IsWaiting).CountBy(job => job.Job.Key.Address).All(endpoint => endpoint.Value <= Limits.PerEndpoint)
            && (_running.Exists(job => !job.IsWaiting) || _running.Count == Limits.Total || NobodyWaits);

        public bool NobodyWaits => _waiting.All(job => job.Removed);

        public void Come(int endpoint)
        {
            var job = new ScheduledJob(Jobs.Job($"t{_names++}", address: $"e{endpoint}.test:443"));
            (_limiter.TryEnter(job) ? _running : _waiting).Add(job);
        }

        public bool EndOne(int which)
        {
            if (_running.Count == 0) return false;
            var job = _running[which % _running.Count];
            _running.Remove(job);
            Run(_limiter.Leave(job));
            return true;
        }

        public void EndHandshake(int which)
        {
            if (_running.Count == 0) return;
            var job = _running[which % _running.Count];
            Run(_limiter.LeaveEndpoint(job)); // if it has already left, or if too many wait: nothing happens
        }

        private void Run(ScheduledJob? next)
        {
            if (next is null) return;
            _waiting.Remove(next);
            _running.Add(next);
        }

        public void RemoveOne(int which)
        {
            if (_waiting.Count > 0) _waiting[which % _waiting.Count].Remove();
        }
    }
}
