using MtlsProbe.Files;

namespace MtlsProbe.Tests.Files;

public sealed class FileSetTests
{
    /// <summary>A request each minute, perhaps for days: each thread that hangs would be one more.</summary>
    [Fact]
    public void A_file_that_hangs_is_not_read_again_before_it_has_answered()
    {
        using var answers = new ManualResetEventSlim();
        var reads = 0;
        FileSet Look() => FileSet.ReadPatiently(["/network/token", "/here"], Read, TimeSpan.FromMilliseconds(100));

        for (var look = 0; look < 3; look++)
        {
            using var files = Look();
            Assert.Equal(FileProblem.NoAnswer, files["/network/token"].Problem);
            Assert.NotEqual(FileProblem.NoAnswer, files["/here"].Problem);
        }

        Assert.Equal(1, Volatile.Read(ref reads));

        answers.Set();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                using var files = Look();
                return files["/network/token"].Problem != FileProblem.NoAnswer;
            },
            TimeSpan.FromMinutes(1)));

        FileContent Read(string path)
        {
            if (path == "/here") return FileContent.Broken(path, new FileProblem(FileProblemKind.Missing, "does not exist"));
            Interlocked.Increment(ref reads);
            answers.Wait();
            return FileContent.Broken(path, new FileProblem(FileProblemKind.Missing, "does not exist"));
        }
    }
}
