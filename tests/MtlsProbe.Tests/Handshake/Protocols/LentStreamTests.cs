using MtlsProbe.Handshake;

namespace MtlsProbe.Tests.Handshake.Protocols;

/// <summary>
/// A session has one owner at a time: what is freed at the end of a probe must not be in use by an HTTP/2 client that does not know of it.
/// </summary>
public sealed class LentStreamTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_owner_of_the_session_waits_for_its_user_and_then_refuses_others(bool reads)
    {
        using var session = new HeldUp();
        using var lent = new LentStream(session, default);
        var use = Task.Run(() => Use(lent));
        session.Entered.Wait();

        var end = lent.EndAsync();
        Assert.False(end.IsCompleted);
        session.Gate.Set();
        await end;

        await use;
        await Assert.ThrowsAsync<IOException>(() => Use(lent));
        Assert.Equal(1, session.Uses);

        Task Use(Stream stream) => reads ? stream.ReadAsync(new byte[1]).AsTask() : stream.WriteAsync(new byte[1]).AsTask();
    }

    [Fact]
    public async Task An_unused_session_returns_at_once()
    {
        using var session = new HeldUp();
        using var lent = new LentStream(session, default);

        Assert.True(lent.EndAsync().IsCompletedSuccessfully);
        await Assert.ThrowsAsync<IOException>(() => lent.ReadAsync(new byte[1]).AsTask());
    }

    /// <summary>Works on the calling thread, as TLS does.</summary>
    private sealed class HeldUp : MemoryStream
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Gate { get; } = new();

        public int Uses { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Work();
            return ValueTask.FromResult(1);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Work();
            return ValueTask.CompletedTask;
        }

        private void Work()
        {
            Uses++;
            Entered.Set();
            Gate.Wait();
        }
    }
}
