using Microsoft.Extensions.Logging;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>
/// A pipe in place of a file is reported at once: opening a pipe without a writer would wait forever, and nothing can end that call. For a single
/// read it is as good as a file.
/// </summary>
public sealed class PipeTests : FollowedFiles
{
    [Fact]
    public async Task A_pipe_is_reported_at_once_and_the_others_are_loaded_and_followed()
    {
        var (before, after) = (Authority.Client("checkout"), Authority.Client("checkout"));
        WritePair(before);
        var pipe = Files.Pipe("pipe.key");
        await Run(Configuration([new Identity("stuck", new PemFiles(Files.Path("a.crt"), pipe, null)), new Identity("checkout", Pem())], []));

        Assert.Equal((Reasons.BadFormat, null), (Store.Credential("stuck", Slot.Current).Fault!.Reason, Store.Credential("stuck", Slot.Current).Credential));
        Assert.Contains("is a pipe or a device, not a regular file", Assert.Single(Log.Take()).Text, StringComparison.Ordinal);
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);

        WritePair(after);
        await Pass(10);
        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
    }

    [Fact]
    public async Task A_pipe_in_place_of_a_file_leaves_the_last_good_one_in_use_and_its_successor_is_read()
    {
        var (before, other) = (Authority.Client("checkout"), Authority.Client("other"));
        WritePair(before);
        WriteSecret("other", other);
        await Run(Configuration([new Identity("checkout", Pem()), new Identity("other", new SecretDirectory(Files.Path("other")))], []));

        File.Delete(Files.Path("a.key"));
        Files.Pipe("a.key");
        var renewed = Authority.Client("other");
        WriteSecret("other", renewed);
        await Pass(12);
        Assert.Equal(before.Certificate, Current().Credential!.Leaf);
        Assert.Same(Reasons.BadFormat, Current().Fault!.Reason);
        Assert.Equal(renewed.Certificate, Store.Credential("other", Slot.Current).Credential!.Leaf);
        Assert.Equal([LogLevel.Information, LogLevel.Warning], Log.Take().Select(line => line.Level).Order());

        // The pipe delays no one.
        var after = Authority.Client("checkout");
        File.Delete(Files.Path("a.key"));
        WritePair(after);
        await Pass(12);
        Assert.Equal((after.Certificate, null), (Current().Credential!.Leaf, Current().Fault));
    }

    [Fact]
    public async Task The_end_does_not_wait_for_a_file_that_hangs()
    {
        Files.Pipe("a.key");
        Files.Write("a.crt", TestPki.Pem(Authority.Client("checkout")));
        await Follow(Pem());
        await Pass(2);

        await Stop();
    }

    [Fact]
    public async Task For_one_reading_a_pipe_is_as_good_as_a_file_and_one_pipe_can_hold_both_parts()
    {
        var client = Authority.Client("checkout");
        var store = new MaterialStore(Time, Log, once: true);
        var pipe = Files.Pipe("both.pem");
        var writing = TempFiles.Feed(pipe, TestPki.Pem(client) + client.KeyPem);

        store.Follow(Configuration([new Identity("checkout", new PemFiles(pipe, pipe, null))], []));
        await writing;

        Assert.Null(store.Credential("checkout", Slot.Current).Fault);
        Assert.Equal(client.Certificate, store.Credential("checkout", Slot.Current).Credential!.Leaf);
    }

    [Fact]
    public void One_reading_of_several_files_says_which_one_is_none()
    {
        var (good, pipe) = (Files.Write("a.crt", "words"), Files.Pipe("a.key"));

        using var read = MaterialFiles.ReadPatiently([good, pipe]);

        Assert.Null(read.Fault(good));
        Assert.StartsWith(pipe + " is a pipe or a device", read.Fault(pipe)!.Detail, StringComparison.Ordinal);
    }
}
