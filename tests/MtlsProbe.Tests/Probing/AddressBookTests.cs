using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MtlsProbe.Handshake;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public sealed class AddressBookTests : IDisposable
{
    private static readonly Target Target = Jobs.Target("a") with { Addresses = AddressChoice.All };

    private readonly ManualTime _time = new();
    private readonly RecordingLogger<AddressBook> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly AddressBook _book;
    private Func<string, CancellationToken, Task<IPAddress[]>> _resolve = (_, _) => Task.FromResult(Addresses("10.0.0.2", "10.0.0.1"));
    private int _lookups;
    private int _changes;

    public AddressBookTests() => _book = new AddressBook(
        (name, stop) =>
        {
            Interlocked.Increment(ref _lookups);
            return _resolve(name, stop);
        },
        new Loop("addresses", _time),
        _log);

    [Fact]
    public async Task Addresses_are_known_after_the_first_look_up_each_once_and_in_a_stable_order()
    {
        _book.Follow([Target, Jobs.Target("one")]);
        Assert.False(_book.IsComplete);
        Assert.Null(_book.Of(Target));

        _resolve = (_, _) => Task.FromResult(Addresses("10.0.0.2", "::1", "10.0.0.1", "10.0.0.2"));
        await Run();
        Assert.True(_book.IsComplete);
        Assert.Equal(new Replicas([.. Addresses("10.0.0.1", "10.0.0.2", "::1")]), _book.Of(Target));
        Assert.Equal(1, _changes);
    }

    [Fact]
    public async Task The_name_is_looked_up_at_each_interval_and_another_order_is_no_change()
    {
        _book.Follow([Target]);
        await Run();
        _resolve = (_, _) => Task.FromResult(Addresses("10.0.0.1", "10.0.0.2"));
        await Round();
        Assert.Equal(1, _changes);
        _resolve = (_, _) => Task.FromResult(Addresses("10.0.0.1", "10.0.0.3"));
        await Round();
        Assert.Equal(2, _changes);
        Assert.Equal(Addresses("10.0.0.1", "10.0.0.3"), _book.Of(Target)!.Addresses);
        Assert.Contains(_log.Take(), line => line.Text.Contains("added: 10.0.0.3; removed: 10.0.0.2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failed_look_up_keeps_the_known_addresses_and_is_logged_once()
    {
        _book.Follow([Target]);
        await Run();
        _resolve = (_, _) => throw new SocketException((int)SocketError.TryAgain);
        await Round();
        await Round();
        Assert.Equal(Addresses("10.0.0.1", "10.0.0.2"), _book.Of(Target)!.Addresses);
        Assert.Equal((Phase.Dns, FinalEventKind.LookupFailed), (_book.Of(Target)!.Failure!.Phase, _book.Of(Target)!.Failure!.Kind));
        Assert.Equal(2, _changes);
        Assert.Single(_log.Take(), line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task A_silent_resolver_is_given_up_at_the_timeout_and_the_known_addresses_stay()
    {
        _book.Follow([Target]);
        await Run();
        _resolve = async (_, stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return [];
        };
        var before = _lookups;
        _time.Advance(Target.Interval);
        while (_lookups == before) await Task.Yield();
        await _time.TimersArmed();
        _time.Advance(Target.Timeout);
        while (_book.Of(Target) is not { Failure: not null, Addresses.Count: 2 }) await Task.Yield();
    }

    [Fact]
    public async Task A_name_that_is_gone_has_no_addresses()
    {
        _book.Follow([Target]);
        await Run();
        _resolve = (_, _) => throw new SocketException((int)SocketError.HostNotFound);
        await Round();
        Assert.Empty(_book.Of(Target)!.Addresses);
        Assert.Equal(FinalEventKind.NameNotFound, _book.Of(Target)!.Failure!.Kind);
    }

    [Fact]
    public async Task More_addresses_than_the_limit_are_not_probed_and_a_warning_says_so_once()
    {
        var target = Target with { MaxAddresses = 2 };
        _resolve = (_, _) => Task.FromResult(Addresses("10.0.0.4", "10.0.0.3", "10.0.0.2", "10.0.0.1"));
        _book.Follow([target]);
        await Run();
        await Round();
        Assert.Equal(Addresses("10.0.0.1", "10.0.0.2"), _book.Of(target)!.Addresses);
        var warning = Assert.Single(_log.Take(), line => line.Level == LogLevel.Warning);
        Assert.Contains("has 4 addresses, and only the first 2", warning.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_keeps_what_is_known_of_a_name_and_forgets_targets_that_are_gone()
    {
        var gone = Jobs.Target("gone") with { Addresses = AddressChoice.All };
        _book.Follow([Target, gone]);
        await Run();
        while (_book.Of(gone) is null || _book.Of(Target) is null) await Task.Yield();

        var hurried = Target with { Interval = TimeSpan.FromSeconds(10) };
        _resolve = (_, _) => new TaskCompletionSource<IPAddress[]>().Task;
        _book.Follow([hurried]);
        Assert.Equal(2, _book.Of(hurried)!.Addresses.Count);
        Assert.Null(_book.Of(gone));

        _book.Follow([Target with { Address = new HostPort("elsewhere.test", 443) }]);
        Assert.Null(_book.Of(Target));
    }

    [Fact]
    public async Task An_address_needs_no_look_up()
    {
        var target = Target with { Address = new HostPort("10.0.0.9", 443) };
        _book.Follow([target]);
        await Run();
        Assert.Equal(Addresses("10.0.0.9"), _book.Of(target)!.Addresses);
        Assert.Equal(0, _lookups);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private static IPAddress[] Addresses(params string[] addresses) => [.. addresses.Select(IPAddress.Parse)];

    /// <summary>Starts it and waits for the first lookups.</summary>
    private async Task Run()
    {
        _ = _book.RunAsync(() => Interlocked.Increment(ref _changes), _stop.Token);
        while (_changes == 0) await Task.Yield();
        await Armed();
    }

    /// <summary>The next lookup, and its consequences.</summary>
    private async Task Round()
    {
        var before = _lookups;
        _time.Advance(Target.Interval);
        while (_lookups == before) await Task.Yield();
        await Armed();
    }

    /// <summary>Each loop waits for its next lookup.</summary>
    private async Task Armed()
    {
        while (_time.UntilNextTimer != Target.Interval) await Task.Yield();
    }
}
