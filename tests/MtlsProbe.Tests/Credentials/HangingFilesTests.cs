using Microsoft.Extensions.Logging;
using MtlsProbe.Credentials;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>
/// Files on a file system that does not answer, such as a network file system without its server: the call that reads them does not return.
/// </summary>
public sealed class HangingFilesTests : FollowedFiles
{
    private const string Network = "network";

    private readonly ManualResetEventSlim _answers;

    public HangingFilesTests()
        : this(new ManualResetEventSlim(true))
    {
    }

    private HangingFilesTests(ManualResetEventSlim answers)
        : base((time, once) => Sources(time, once, answers)) => _answers = answers;

    [Fact]
    public async Task A_file_without_an_answer_is_reported_once_stays_in_use_and_is_read_when_it_answers_again()
    {
        var (before, other) = (Authority.Client("checkout"), Authority.Client("other"));
        WriteSecret(Network, before);
        WriteSecret("other", other);
        await Run(Configuration([Of("checkout", Network), Of("other", "other")], []));

        _answers.Reset();
        var (after, renewed) = (Authority.Client("checkout"), Authority.Client("other"));
        WriteSecret(Network, after);
        WriteSecret("other", renewed);
        await Pass((int)FileFollower.Patience.TotalSeconds + 4);

        Assert.Equal(before.Certificate, Current().Credential!.Leaf);
        Assert.Contains(FileProblem.NoAnswer.Text, Current().Fault!.Detail, StringComparison.Ordinal);
        Assert.Equal(renewed.Certificate, Store.Credential("other", Slot.Current).Credential!.Leaf);
        Assert.Equal([LogLevel.Information, LogLevel.Warning], Log.Take().Select(line => line.Level).Order());
        await Pass(20);
        Assert.Empty(Log.Take());

        _answers.Set();
        while (Current().Fault is not null || Current().Credential!.Leaf == before.Certificate) await Pass(2); // a thread that hangs returns in its own time
        Assert.Equal(after.Certificate, Current().Credential!.Leaf);
    }

    [Fact]
    public async Task A_file_without_an_answer_at_the_start_is_reported_as_such_and_the_end_does_not_wait_for_it()
    {
        WriteSecret(Network, Authority.Client("checkout"));
        _answers.Reset();

        await Run(Configuration([Of("checkout", Network)], []));

        Assert.Null(Current().Credential);
        Assert.Contains(FileProblem.NoAnswer.Text, Current().Fault!.Detail, StringComparison.Ordinal);
        await Stop();
        _answers.Set();
    }

    private Identity Of(string identity, string directory) => new(identity, new SecretDirectory(Files.Path(directory)));

    /// <summary>The sources of a configuration; the files of one directory are on a network.</summary>
    private static MaterialSources Sources(TimeProvider time, bool once, ManualResetEventSlim answers)
    {
        var usual = MaterialSources.Configured(time, once);
        return usual with
        {
            Credential = (source, replaces) => source is SecretDirectory { Files: var its } && its.Certificate.Contains($"/{Network}/", StringComparison.Ordinal)
                ? new FileSource<Credential>(() => Reached(its), files => CredentialLoader.Decode(its, replaces, files), its.Certificate, time, once)
                : usual.Credential(source, replaces),
        };

        IEnumerable<string> Reached(CredentialFiles its)
        {
            answers.Wait();
            return its.All;
        }
    }
}
