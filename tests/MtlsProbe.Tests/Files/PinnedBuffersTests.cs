using MtlsProbe.Files;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Files;

public sealed class PinnedBuffersTests : IDisposable
{
    private const int MaxSize = 1 << 20;

    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 8192)]
    [InlineData(MaxSize + 1, 2 * MaxSize)]
    public void A_buffer_has_the_requested_size(int size, int room) => Assert.Equal(room, PinnedBuffers.Rent(size).Length);

    [Fact]
    public void Nothing_of_its_content_is_left()
    {
        var buffer = PinnedBuffers.Rent(3 << 20); // so large that it is not kept: another test could already use a kept one
        buffer.AsSpan().Fill(7);

        PinnedBuffers.Return(buffer);

        Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_file_that_is_read_again_and_again_takes_no_new_memory_each_time()
    {
        var path = _files.Write("bundle.crt", new string('x', 300_000));
        for (var i = 0; i < 3; i++) FileContent.Read(path, MaxSize, mayBePipe: false).Dispose();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++) FileContent.Read(path, MaxSize, mayBePipe: false).Dispose();

        // Other tests may use the kept buffer at times.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5 * 300_000);
    }

    [Fact]
    public void A_disposed_buffer_cannot_be_read()
    {
        var read = FileContent.Read(_files.Write("a", "abc"), MaxSize, mayBePipe: false);

        read.Dispose();
        read.Dispose();

        Assert.Throws<ObjectDisposedException>(() => read.Bytes.Length);
    }
}
