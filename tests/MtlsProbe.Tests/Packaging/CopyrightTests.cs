namespace MtlsProbe.Tests.Packaging;

/// <summary>The copyright file of the Debian package.</summary>
public sealed class CopyrightTests
{
    [Fact]
    public void It_names_everyone_in_the_notices_of_the_program()
    {
        var copyright = File.ReadAllText(Path.Combine(Repository.Root, "packaging", "debian", "copyright"));
        var contained = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md")).Split("These build the program")[0];
        var holders = contained.Split('\n').Where(line => line.EndsWith(" |", StringComparison.Ordinal)).Skip(2).Select(line => Holder(line.Trim('|', ' ').Split(" | ")[3])).ToList();

        Assert.True(holders.Count >= 8);
        Assert.All(holders, holder => Assert.Contains(holder, copyright, StringComparison.Ordinal));
        Assert.Contains(".NET Foundation and Contributors", copyright, StringComparison.Ordinal);
    }

    private static string Holder(string notice)
    {
        foreach (var word in (string[])["Copyright", "(c)", "©", "All rights reserved."]) notice = notice.Replace(word, "", StringComparison.Ordinal);
        return notice.Trim(' ', '.').Split("Microsoft, ")[^1];
    }
}
