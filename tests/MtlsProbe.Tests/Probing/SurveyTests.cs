using System.Net;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Readiness;

namespace MtlsProbe.Tests.Probing;

/// <summary>Probing once, without a schedule.</summary>
public sealed class SurveyTests
{
    [Theory]
    [InlineData(2, 2, 1)]
    [InlineData(3, 3, 0)]
    [InlineData(64, 3, 0)]
    public async Task Addresses_beyond_max_addresses_are_counted_in_every_result(int limit, int probed, int leftOut)
    {
        var survey = new Survey(
            (job, _, _) => Task.FromResult(Jobs.Accepted(job, TestPki.Now)),
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.3")]),
            (_, _) => CredentialHandle.Nothing,
            TimeProvider.System);

        var jobs = await survey.PlanAsync([Jobs.Target("a") with { Addresses = AddressChoice.All, MaxAddresses = limit }], default);
        var results = await survey.RunAsync(jobs, null, 1, null, default);

        Assert.Equal(Enumerable.Repeat(leftOut, probed), results.Select(result => result.AddressesLeftOut));
    }

    [Fact]
    public async Task Whoever_asked_continues_on_the_thread_pool_and_may_block()
    {
        var (isLoop, isPool) = (false, false);
        var survey = new Survey(
            (job, _, _) =>
            {
                var ended = new TaskCompletionSource<ProbeResult>();
                EventLoop.Next().Post(() =>
                {
                    isLoop = !Thread.CurrentThread.IsThreadPoolThread;
                    ended.SetResult(Jobs.Accepted(job, TestPki.Now)); // what waits for it continues here
                });
                return ended.Task;
            },
            (_, _) => Task.FromResult<IPAddress[]>([]),
            (_, _) => CredentialHandle.Nothing,
            TimeProvider.System);

        await survey.RunAsync(await survey.PlanAsync([Jobs.Target("a")], default), null, 1, () => isPool = Thread.CurrentThread.IsThreadPoolThread, default);

        Assert.True(isLoop && isPool);
    }
}
