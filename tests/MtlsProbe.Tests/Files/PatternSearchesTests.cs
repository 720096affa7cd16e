using MtlsProbe.Files;

namespace MtlsProbe.Tests.Files;

public sealed class PatternSearchesTests
{
    [Fact]
    public void A_search_that_hangs_counts_as_unreadable_and_is_not_begun_again_before_it_has_ended()
    {
        using var gate = new ManualResetEventSlim();
        using var isOver = new ManualResetEventSlim();
        var begun = 0;
        FoundFiles Search(string pattern)
        {
            if (pattern != "/hanging/*.yml") return new FoundFiles([pattern]);
            Interlocked.Increment(ref begun);
            gate.Wait();
            if (isOver.IsSet) return new FoundFiles(["/hanging/a.yml"]);
            isOver.Set();
            return new FoundFiles([]);
        }

        for (var look = 0; look < 3; look++)
        {
            var found = PatternSearches.Run(["/a/*.yml", "/hanging/*.yml", "/b/*.yml"], Search, TimeSpan.FromMilliseconds(20));
            Assert.Equal("/hanging cannot be read: no answer (a pipe without a writer, or a file system that hangs)", found[1].Problem?.ToString());
            Assert.Equal(["/a/*.yml", "/b/*.yml"], [found[0].Paths[0], found[2].Paths[0]]);
        }

        Assert.Equal(1, begun);
        gate.Set();
        isOver.Wait();
        FoundFiles? again;
        do
        {
            again = PatternSearches.Run(["/hanging/*.yml"], Search, TimeSpan.FromMinutes(1))[0];
        }
        while (again.Problem is not null); // until its thread has reported that it has ended
        Assert.Equal(["/hanging/a.yml"], again.Paths);
    }

    [Fact]
    public void A_fault_in_a_search_is_the_fault_of_who_asked_for_it() =>
        Assert.Throws<InvalidOperationException>(() => PatternSearches.Run(["/a/*.yml"], _ => throw new InvalidOperationException(), TimeSpan.FromMinutes(1)));
}
