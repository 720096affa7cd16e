using System.Text;
using Microsoft.AspNetCore.Http;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>A peer on the socket of a Workload API that is something else or hostile: it is limited, reported, and retried.</summary>
public sealed class HostileWorkloadApiTests
{
    [Fact]
    public Task An_answer_of_10_MB_is_not_read() =>
        Told(RawWorkloadApi.Sends([0, 0, 0x98, 0x96, 0x80, .. new byte[100_000]]), "sent an answer of 10,000,000 bytes; the limit is 4 MiB");

    [Fact]
    public Task An_answer_that_is_compressed_is_not_read() => Told(RawWorkloadApi.Sends(1, 0, 0, 0, 1, 0), "sent a compressed answer, which was not requested");

    [Theory]
    [InlineData(new byte[] { 0x0a, 0x05, 0x0a })]                                                       // shorter than announced
    [InlineData(new byte[] { 0x0b })]                                                                   // a group
    [InlineData(new byte[] { 0x02, 0x00 })]                                                             // the field 0
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 })]       // a number without an end
    [InlineData(new byte[] { 0x1a, 0x05, 0x0a, 0x03, 0x61, 0x20, 0x62 })]                               // a bundle of "a b"
    public Task A_malformed_answer_is_reported(byte[] message) => Told(RawWorkloadApi.Sends(RawWorkloadApi.Message(message)), "sent a malformed answer");

    [Fact]
    public Task An_answer_without_an_SVID_is_reported() => Told(RawWorkloadApi.Sends(RawWorkloadApi.Message()), "sent an answer without an SVID, which it must have");

    [Fact]
    public Task An_answer_with_more_SVIDs_than_any_workload_has_is_not_read_to_its_end() =>
        Told(RawWorkloadApi.Sends(RawWorkloadApi.Message([.. Enumerable.Repeat((byte[])[0x0a, 0x00], 129).SelectMany(svid => svid)])), "sent more than 128 SVIDs in one answer");

    [Theory]
    [InlineData(3, "security header missing", "does not accept our request (INVALID_ARGUMENT: security header missing)")]
    [InlineData(12, "", "does not know this call (UNIMPLEMENTED): it is not a Workload API, or it is an old one")]
    [InlineData(14, "still%20starting", "is not ready (UNAVAILABLE: still starting)")]
    [InlineData(13, "%1b[31mred", "answers with gRPC status 13: \\u{1b}[31mred")]
    [InlineData(0, "", "ended the stream without an answer")]
    public Task A_status_is_reported_in_words_that_are_safe_to_show(int status, string message, string expected) => Told(RawWorkloadApi.Ends(status, message), expected);

    [Fact]
    public Task A_web_server_is_no_Workload_API() => Told(
        context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        },
        "answers with HTTP status 404: it is not a Workload API");

    [Fact]
    public async Task A_slow_answer_is_awaited_for_at_most_10_seconds()
    {
        var time = new ManualTime();
        var hasBegun = new TaskCompletionSource();
        await using var api = await RawWorkloadApi.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            for (var count = 0; ; count++)
            {
                await context.Response.Body.WriteAsync(count == 0 ? new byte[] { 0, 0, 0, 0xff, 0xff } : new byte[] { 0x0a });
                await context.Response.Body.FlushAsync();
                if (count == 10) hasBegun.TrySetResult();
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, context.RequestAborted);
            }
        });
        await using var rig = new SpiffeRig(time);
        var following = Task.Run(() => rig.Begin(new SpiffeSvid(api.Endpoint)));
        await hasBegun.Task.WaitAsync(SpiffeRig.Patience);

        time.Advance(TimeSpan.FromSeconds(10));
        await following;

        await rig.Until(() => rig.Current.Fault!.Detail == $"{api.Endpoint} gave no complete answer within 10 s");
    }

    [Fact]
    public async Task A_silent_server_is_given_up_after_10_seconds_and_tried_again()
    {
        var time = new ManualTime();
        var calls = 0;
        await using var api = await RawWorkloadApi.StartAsync(context =>
        {
            Interlocked.Increment(ref calls);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        await using var rig = new SpiffeRig(time);
        var following = Task.Run(() => rig.Begin(new SpiffeSvid(api.Endpoint)));
        await Called(1);

        time.Advance(TimeSpan.FromSeconds(10));
        await following;
        await rig.Until(() => rig.Current.Fault!.Detail == $"{api.Endpoint} gave no complete answer within 10 s");

        while (Volatile.Read(ref calls) < 2)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        async Task Called(int count)
        {
            while (Volatile.Read(ref calls) < count) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    [Fact]
    public async Task A_socket_without_a_listener_and_a_file_that_is_no_socket_are_reported()
    {
        using var files = new TempFiles();
        await using var rig = new SpiffeRig();
        var file = SpiffeEndpoint.TryParse($"unix://{files.Write("file", "")}", out _)!;
        var closed = SpiffeEndpoint.TryParse("tcp://127.0.0.1:1", out _)!;

        await rig.Follow(new SpiffeSvid(file), new SpiffeBundle(closed, "prod.example"));

        Assert.Equal((Reasons.Unreadable, $"{file}: nothing listens there"), (rig.Current.Fault!.Reason, rig.Current.Fault.Detail));
        Assert.Equal((Reasons.Unreadable, $"{closed}: nothing listens there"), (rig.Trust.Fault!.Reason, rig.Trust.Fault.Detail));
    }

    /// <summary>Checks what is reported about a credential that this peer should deliver.</summary>
    private static async Task Told(RequestDelegate answer, string expected)
    {
        await using var api = await RawWorkloadApi.StartAsync(answer);
        await using var rig = new SpiffeRig();

        await rig.Follow(new SpiffeSvid(api.Endpoint));

        Assert.Equal((null, $"{api.Endpoint} {expected}"), (rig.Current.Credential, rig.Current.Fault!.Detail));
        Assert.Equal((false, rig.Current.Fault.Detail), (rig.Store.Sources()[0].Connected, rig.Store.Sources()[0].Fault));
    }
}
