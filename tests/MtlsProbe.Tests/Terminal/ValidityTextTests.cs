using MtlsProbe.Terminal;

namespace MtlsProbe.Tests.Terminal;

/// <summary>The remaining lifetime of a certificate is colored if it counts as expiring, by the share of its lifetime and by days.</summary>
public sealed class ValidityTextTests
{
    [Theory]
    [InlineData(60, 60, false)] // minutes that have passed and that are left: half of a lifetime
    [InlineData(50, 10, true)]
    [InlineData(60 * 24 * 70, 60 * 24 * 15, false)]
    [InlineData(60 * 24 * 77, 60 * 24 * 13, true)]
    public void It_has_one_if_alerts_would_fire(int over, int left, bool hasColour)
    {
        var certificate = TestPki.SelfSignedLeaf("a", template => template with { NotBefore = TestPki.Now.AddMinutes(-over), NotAfter = TestPki.Now.AddMinutes(left) }).Certificate;
        var pen = new Pen(TextWriter.Null, color: true);

        foreach (var text in (string[])[ValidityText.Left(certificate, TestPki.Now, pen), ValidityText.Describe(certificate, TestPki.Now, pen)])
            Assert.Equal(hasColour, text.StartsWith("\u001b[33m", StringComparison.Ordinal));
    }
}
