using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Probing;
using MtlsProbe.Tests.Trust;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Rotation;

/// <summary>The effect of new anchors on the chains that servers present.</summary>
public sealed class TrustChangeJudgeTests
{
    private static readonly TestCertificate Old = TestPki.Root("Old Root");
    private static readonly TestCertificate New = TestPki.Root("New Root");
    private static readonly TestCertificate Intermediate = Old.Intermediate("Issuer");
    private static readonly TestCertificate CrossSigned = New.CrossSign(Intermediate);
    private static readonly TestCertificate Leaf = Intermediate.Leaf(Judged.Name);

    [Fact]
    public void A_chain_to_the_old_root_alone_is_safe_to_add_to_and_breaks_without_it()
    {
        var report = Report(New, Presents("a", Leaf, Intermediate));

        Assert.Equal((true, false, true), Valid(report.Results[0]));
        Assert.False(report.Ready);
        Assert.Equal("safe to add: yes (all 1 stay valid with both); safe to remove the old: no, 1 of 1 would break: a.", report.Summary);
    }

    [Fact]
    public void A_cross_signed_intermediate_is_valid_on_either_path_whichever_comes_first()
    {
        var report = Report(New, Presents("a", Leaf, Intermediate, CrossSigned), Presents("b", Leaf, CrossSigned, Intermediate), Presents("c", Leaf, CrossSigned));

        Assert.Equal((true, true, true), Valid(report.Results[0]));
        Assert.Equal((true, true, true), Valid(report.Results[1]));
        Assert.Equal((false, true, true), Valid(report.Results[2]));
        Assert.True(report.Ready);
        Assert.Equal("safe to add: yes (all 3 are valid with both, 1 of them not valid now: c); safe to remove the old: yes (all 3 are valid with the new alone).", report.Summary);
    }

    [Fact]
    public void A_new_root_that_signed_the_old_one_is_found_through_the_presented_certificates()
    {
        var oldUnderNew = New.CrossSign(Old);

        var report = Report(New, Presents("bridged", Leaf, Intermediate, oldUnderNew), Presents("bare", Leaf, Intermediate));

        Assert.Equal((true, true, true), Valid(report.Results[0]));
        Assert.Equal((true, false, true), Valid(report.Results[1]));
        Assert.EndsWith("safe to remove the old: no, 1 of 2 would break: bare.", report.Summary);
    }

    [Fact]
    public void A_new_intermediate_may_be_the_anchor()
    {
        var renewed = Old.Intermediate("Issuer 2");

        var report = Report(renewed, Presents("renewed", renewed.Leaf(Judged.Name), renewed), Presents("before", Leaf, Intermediate));

        Assert.Equal((true, true, true), Valid(report.Results[0]));
        Assert.Equal((true, false, true), Valid(report.Results[1]));
    }

    [Fact]
    public void A_server_that_presented_nothing_is_unknown_and_not_called_safe()
    {
        var report = Report(New, Presents("a", Leaf, CrossSigned, Intermediate), Server("down", Jobs.Unreached(Jobs.Job("down"), TestPki.Now)));

        Assert.False(report.Ready);
        Assert.True(report.Results[1].IsUnknown);
        Assert.Equal(
            "safe to add: not proven (none of the 1 that can tell breaks); safe to remove the old: not proven (none of the 1 that can tell breaks); " +
            "1 presented no certificate, so nothing is known: down.", report.Summary);
    }

    [Fact]
    public void A_chain_that_no_bundle_repairs_is_named_and_not_counted_as_broken_by_the_change()
    {
        var report = Report(New, Presents("wrong", Intermediate.Leaf("other.test"), Intermediate, CrossSigned), Presents("a", Leaf, Intermediate));

        Assert.False(report.Ready);
        Assert.Equal(
            "safe to add: not proven (none of the 1 that can tell breaks); safe to remove the old: no, 1 of 2 would break: a; 1 not valid with any bundle: wrong.",
            report.Summary);
    }

    [Fact]
    public void The_name_of_the_target_is_checked_and_not_its_address()
    {
        var server = Server("a", Jobs.Accepted(Jobs.Job("a"), TestPki.Now) with { ServerCertificates = [Leaf.Certificate, CrossSigned.Certificate] });

        var report = Judge(New, server with { Target = server.Target with { ServerName = "another.test" } });

        Assert.Equal(["name_mismatch"], report.Results[0].New!.Errors.Select(error => error.Label));
    }

    [Fact]
    public void New_anchors_are_checked_themselves()
    {
        Assert.Equal(["same_anchors"], Codes(Old));
        Assert.Equal(["not_an_authority"], Codes(Leaf));
        Assert.Equal(["expired"], Codes(TestPki.Root("Past", t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) })));
        Assert.Equal(["not_yet_valid"], Codes(TestPki.Root("Later", t => t with { NotBefore = TestPki.Now.AddDays(1) })));
        Assert.Empty(Codes(New));
    }

    [Fact]
    public void The_effect_says_whether_it_stays_valid_needs_the_old_anchors_or_is_unknown()
    {
        var report = Report(
            New, Presents("crossed", Leaf, Intermediate, CrossSigned), Presents("old", Leaf, Intermediate), Presents("wrong", Intermediate.Leaf("other.test"), Intermediate),
            Server("down", Jobs.Unreached(Jobs.Job("down"), TestPki.Now)));

        Assert.Equal(
            [TrustChangeEffect.Valid, TrustChangeEffect.NeedsOld, TrustChangeEffect.NeverValid, TrustChangeEffect.Unknown],
            report.Results.Select(verdict => verdict.Effect));
    }

    [Fact]
    public void An_expired_new_anchor_is_at_fault_itself_and_an_expired_server_is_not_excused()
    {
        var past = TestPki.Root("Past", t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });
        var expired = New.Leaf(Judged.Name, t => t with { NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) });

        Assert.Equal(past.Certificate, Report(past, Presents("a", past.Leaf(Judged.Name))).Results[0].StaleAnchor);
        Assert.Null(Report(New, Presents("a", expired)).Results[0].StaleAnchor);
        Assert.Null(Report(expired, Presents("a", expired)).Results[0].StaleAnchor);
    }

    private static IEnumerable<string> Codes(TestCertificate anchor) => Report(anchor, Presents("a", Leaf, Intermediate)).Warnings.Select(warning => warning.Code);

    private static (bool Now, bool New, bool Both) Valid(TrustChangeVerdict verdict) => (verdict.Now!.Valid, verdict.New!.Valid, verdict.Both!.Valid);

    private static TrustChangeReport Report(TestCertificate fresh, params ProbedServer[] servers) =>
        Judge(fresh, [.. servers.Select(server => server with { Target = server.Target with { ServerName = Judged.Name } })]);

    private static TrustChangeReport Judge(TestCertificate fresh, params ProbedServer[] servers) =>
        new TrustChangeJudge(new ChainJudge()).Report(TestPki.Trust(Old), TestPki.Trust(fresh), new ProbedServers([.. servers], []), TestPki.Now);

    private static ProbedServer Presents(string name, params TestCertificate[] chain) =>
        Server(name, Jobs.Accepted(Jobs.Job(name), TestPki.Now) with { ServerCertificates = chain.Select(certificate => certificate.Certificate).ToValueList() });

    private static ProbedServer Server(string name, ProbeResult result) => new(Jobs.Target(name), $"{name}:1", result, null);
}
