using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.Metrics;

/// <summary>Names in a certificate are chosen by a peer, and can be anything.</summary>
public sealed class EscapingTest
{
    [Fact]
    public void Any_subject_of_a_certificate_reads_back_as_it_was_apart_from_what_cannot_be_shown()
    {
        var hostile = Gen.ArrayOf(Gen.OneOf(Gen.Elements('"', '\\', '\n', '\r', '\0', '{', '}', ',', '\u0085', '\u2028', '\ud83d', '\ude00', 'é'), Gen.Choose(0, 0xffff).Select(code => (char)code)))
            .Select(characters => new string(characters));

        Prop.ForAll(hostile.ToArbitrary(), subject => Assert.Equal(Shown(subject), SubjectOf(subject))).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("back\\slash", @"subject=""back\\slash""")]
    [InlineData("two\nlines", @"subject=""two\nlines""")]
    [InlineData("a \"quote\"", @"subject=""a \""quote\""""")]
    [InlineData("carriage\rreturn", "subject=\"carriage\ufffdreturn\"")]
    [InlineData("nul\0", "subject=\"nul\ufffd\"")]
    [InlineData("Zürich 😀", "subject=\"Zürich 😀\"")]
    public void A_label_value_is_escaped_as_the_formats_have_it(string subject, string expected) =>
        Assert.Contains(expected, Read(subject).Text, StringComparison.Ordinal);

    [Fact]
    public void A_long_name_ends_in_an_ellipsis_and_is_not_cut_within_a_character()
    {
        Assert.Equal(new string('a', 300), SubjectOf(new string('a', 300)));
        Assert.Equal(new string('a', 299) + "…", SubjectOf(new string('a', 301)));
        Assert.Equal(new string('a', 298) + "\ufffd…", SubjectOf(new string('a', 298) + "😀😀"));
    }

    private static ReadExposition Read(string subject)
    {
        var target = Samples.Target();
        var certificate = Samples.Certificate("leaf") with { Subject = subject };
        return ReadExposition.OfProbe(Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [certificate] }));
    }

    private static string SubjectOf(string subject) => Assert.Single(Read(subject).Of("mtlsprobe_server_certificate_info")).Labels["subject"];

    private static string Shown(string text)
    {
        var bounded = text.Length <= SampleWriter.LongestValue ? text : text[..(SampleWriter.LongestValue - 1)] + "…";
        var shown = new StringBuilder();
        foreach (var rune in bounded.EnumerateRunes()) shown.Append(Rune.IsControl(rune) && rune.Value != '\n' ? Rune.ReplacementChar : rune);
        return shown.ToString();
    }
}
