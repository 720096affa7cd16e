using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MtlsProbe.Handshake;

namespace MtlsProbe.Tests.Handshake;

/// <summary>A dead DNS server affects only the names behind it.</summary>
public sealed class ResolverTests : IDisposable
{
    private readonly ManualTime _time = new();
    private volatile TaskCompletionSource _serverIsBack = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly ConcurrentBag<string> _asked = [];
    private readonly Resolver _resolver;

    public ResolverTests() => _resolver = new Resolver(_time, LookUp, thread => thread.Start());

    public void Dispose()
    {
        _serverIsBack.TrySetResult();
        _begun.Dispose();
    }

    [Fact]
    public async Task Names_behind_a_dead_server_make_room_for_others_while_they_are_still_looked_up()
    {
        var dead = Dead(3 * Resolver.PerLane);
        var good = _resolver.ResolveAsync("good", default);
        for (var second = 0; second < 3; second++)
        {
            await Begun(Resolver.PerLane);
            Assert.Equal((second + 1) * Resolver.PerLane, _asked.Count);
            Assert.False(good.IsCompleted);
            _time.Advance(Resolver.Slow);
        }

        Assert.Equal([IPAddress.Loopback], await good);
        Assert.All(dead, lookup => Assert.False(lookup.IsCompleted));
        _serverIsBack.SetResult();
        await Task.WhenAll(dead);
    }

    [Fact]
    public async Task A_name_that_was_slow_is_looked_up_beside_the_others_the_next_time()
    {
        var dead = Dead(2 * Resolver.PerLane);
        for (var half = 0; half < 2; half++)
        {
            await Begun(Resolver.PerLane);
            _time.Advance(Resolver.Slow);
        }

        _serverIsBack.SetResult();
        await Task.WhenAll(dead);
        _serverIsBack = new();
        dead = Dead(2 * Resolver.PerLane);
        await Begun(Resolver.PerLane);
        Assert.Equal([IPAddress.Loopback], await _resolver.ResolveAsync("good", default));
        Assert.Equal((3 * Resolver.PerLane) + 1, _asked.Count);
        _serverIsBack.SetResult();
        await Task.WhenAll(dead);
    }

    [Fact]
    public async Task There_is_a_bound_on_threads()
    {
        var dead = Dead(Resolver.MaxThreads + 1);
        for (var second = 0; second < Resolver.MaxThreads / Resolver.PerLane; second++)
        {
            await Begun(Resolver.PerLane);
            _time.Advance(Resolver.Slow);
        }

        Assert.Equal(Resolver.MaxThreads, _asked.Count);
        _serverIsBack.SetResult();
        await Task.WhenAll(dead);
    }

    [Fact]
    public async Task Look_ups_that_nobody_waits_for_any_more_are_not_begun()
    {
        using var gone = new CancellationTokenSource();
        var dead = Dead(Resolver.PerLane);
        var left = _resolver.ResolveAsync("left", gone.Token);
        var good = _resolver.ResolveAsync("good", default);
        await Begun(Resolver.PerLane);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        _serverIsBack.SetResult();
        await Task.WhenAll([.. dead, good]);
        Assert.DoesNotContain("left", _asked);
        Assert.Equal([IPAddress.Loopback], await _resolver.ResolveAsync("left", default));
    }

    [Fact]
    public async Task Where_no_thread_can_be_started_the_look_up_fails_and_a_later_one_does_not()
    {
        var isFull = true;
        var resolver = new Resolver(_time, LookUp, thread =>
        {
            if (isFull) throw new InsufficientMemoryException();
            thread.Start();
        });
        for (var number = 0; number < Resolver.MaxThreads + 1; number++)
        {
            var failure = await Assert.ThrowsAsync<SocketException>(() => resolver.ResolveAsync("good", default));
            Assert.Equal(SocketError.TryAgain, failure.SocketErrorCode);
        }

        isFull = false;
        Assert.Equal([IPAddress.Loopback], await resolver.ResolveAsync("good", default));
    }

    private List<Task<IPAddress[]>> Dead(int count) =>
        [.. Enumerable.Range(0, count).Select(number => _resolver.ResolveAsync($"dead{number}", default))];

    /// <summary>Waits until this many more lookups at the dead server have begun.</summary>
    private async Task Begun(int count)
    {
        for (var number = 0; number < count; number++) await _begun.WaitAsync();
    }

    private IPAddress[] LookUp(string name)
    {
        _asked.Add(name);
        if (!name.StartsWith("dead", StringComparison.Ordinal)) return [IPAddress.Loopback];
        var back = _serverIsBack.Task;
        if (!back.IsCompleted) _begun.Release();
        back.Wait();
        return [IPAddress.Loopback];
    }
}
