using System.Text;
using MtlsProbe.Clusters;

namespace MtlsProbe.Tests.Clusters;

/// <summary>The events of a watch, however the network splits the data.</summary>
public sealed class WatchStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task Each_line_is_one_event_however_it_arrives(int most)
    {
        string[] lines = ["first", "", new string('x', 9_000), "last"];
        using var stream = new WatchStream(new SlowStream(Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\nand a half"), most), 10_000, TimeSpan.FromSeconds(1), new ManualTime());

        List<string> read = [];
        while (await stream.NextAsync(CancellationToken.None) is { } line) read.Add(Encoding.ASCII.GetString(line.Span));

        Assert.Equal(lines, read);
    }

    [Fact]
    public async Task A_line_without_end_is_too_long()
    {
        using var stream = new WatchStream(new SlowStream(new byte[20_000], 4_000), 10_000, TimeSpan.FromSeconds(1), new ManualTime());

        await Assert.ThrowsAsync<InvalidDataException>(() => stream.NextAsync(CancellationToken.None));
    }

    /// <summary>Returns at most this much at once.</summary>
    private sealed class SlowStream(byte[] content, int most) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }
}
