using static MtlsProbe.Tests.Trust.Judged;

namespace MtlsProbe.Tests.Trust;

/// <summary>Oddities that are not errors.</summary>
public class PresentedNotesTests
{
    private readonly TestCertificate _root = TestPki.Root("Root");
    private readonly TestCertificate _upper;
    private readonly TestCertificate _lower;
    private readonly TestCertificate _leaf;

    public PresentedNotesTests()
    {
        _upper = _root.Intermediate("Upper");
        _lower = _upper.Intermediate("Lower");
        _leaf = _lower.Leaf(Name);
    }

    [Fact]
    public void A_proper_list_has_no_notes() => Assert.Empty(Notes(_leaf, _lower, _upper));

    [Fact]
    public void Wrong_order_is_valid_and_noted()
    {
        var note = Assert.Single(Notes(_leaf, _upper, _lower));
        Assert.StartsWith("CN=Lower", note, StringComparison.Ordinal);
        Assert.Contains("out of order", note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_duplicate_is_valid_and_noted()
    {
        var note = Assert.Single(Notes(_leaf, _lower, _lower, _upper));
        Assert.StartsWith("CN=Lower", note, StringComparison.Ordinal);
        Assert.Contains("twice", note, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Single(Notes(_leaf, _leaf, _lower, _upper)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_is_not_needed_is_valid_and_noted()
    {
        var extra = TestPki.Root("Elsewhere").Intermediate("Extra");
        var note = Assert.Single(Notes(_leaf, _lower, extra, _upper));
        Assert.Equal($"CN=Extra (serial {extra.Certificate.Serial}) is presented but not needed", note);
    }

    [Fact]
    public void The_root_sent_along_is_valid_and_noted() =>
        Assert.Contains("is a root", Assert.Single(Notes(_leaf, _lower, _upper, _root)), StringComparison.Ordinal);

    [Fact]
    public void Many_oddities_make_a_short_list()
    {
        var extras = Enumerable.Range(0, 50).Select(number => _root.Intermediate($"E{number}"));
        Assert.Equal(10, Notes([_leaf, _lower, _upper, .. extras]).Count);
    }

    private MtlsProbe.Values.ValueList<string> Notes(params TestCertificate[] presented)
    {
        var verdict = By(TestPki.Trust(_root), presented);
        Assert.True(verdict.Valid);
        return verdict.Notes;
    }
}
