using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Rotation;

/// <summary>From the results of two probes to the effect of a rollout.</summary>
public sealed class RolloutJudgeTests
{
    private static readonly ProbeResult Good = Jobs.Accepted(Jobs.Job("a"), TestPki.Now);
    private static readonly ProbeResult Refused = Jobs.Refused(Jobs.Job("a"), TestPki.Now);
    private static readonly ProbeResult Unreached = Jobs.Unreached(Jobs.Job("a"), TestPki.Now);
    private static readonly ProbeResult Unconfirmed = Good with
    {
        Outcome = Outcome.Unconfirmed, Success = false, Failure = new(Phase.Confirm, Reasons.NoConfirmation, null, ""),
    };

    [Fact]
    public void A_credential_that_was_requested_but_not_sent_is_not_accepted()
    {
        var withheld = Good with { ClientCertificate = new ClientCertificateFacts { Requested = true } };
        var silent = Unconfirmed with { ClientCertificate = withheld.ClientCertificate };

        var report = RolloutJudge.Report("checkout", new ProbedServers([Server("picky", "p:1", Good, withheld), Server("late", "l:1", Good, silent), Server("a", "a:1", Good, Good)], []), []);

        Assert.Equal([RolloutEffect.Unknown, RolloutEffect.Unknown, RolloutEffect.Accepts], report.Servers.Select(server => server.Effect));
        Assert.False(report.Ready);
        Assert.Equal("certificate_withheld", Assert.Single(report.Warnings).Code);
        Assert.StartsWith("the new certificate was not sent to picky, late: ", report.Warnings[0].Message);
    }

    [Fact]
    public void A_missing_intermediate_is_no_warning_if_every_server_that_got_the_credential_accepts_it()
    {
        var shown = new ClientCertificateFacts { Requested = true, Presented = TestPki.Root("New Root").Client("checkout").Certificate };
        var (accepts, refuses) = (Good with { ClientCertificate = shown }, Refused with { ClientCertificate = shown });
        IEnumerable<string> Codes(ProbeResult first, ProbeResult second) => RolloutJudge.Report(
            "checkout", new ProbedServers([Server("a", "a:1", Good, first), Server("b", "b:1", Good, second)], []), [new(CredentialWarnings.MissingIntermediates, "")]).Warnings.Select(warning => warning.Code);

        Assert.DoesNotContain("missing_intermediates", Codes(accepts, accepts));
        Assert.Contains("missing_intermediates", Codes(accepts, refuses)); // the first may have the intermediate in its store
        Assert.Contains("missing_intermediates", Codes(refuses, Refused with { ClientCertificate = shown with { IssuerAcceptable = true } })); // of an old intermediate in the file
        Assert.Contains("missing_intermediates", Codes(Good with { ClientCertificate = new() { Requested = false } }, Good)); // accepts any client
    }

    [Fact]
    public void Addresses_that_were_not_probed_are_not_ready()
    {
        var report = RolloutJudge.Report("checkout", new ProbedServers([Server("a", "a:1", Good, Good)], []) { NotProbed = 2 }, []);

        Assert.False(report.Ready);
        Assert.Equal("Not ready: none of 1 server is known to break with the new credential of checkout; 2 more addresses are not probed.", report.Summary);
    }

    [Fact]
    public void The_summary_counts_and_names_the_obstacles()
    {
        var report = RolloutJudge.Report("checkout", new ProbedServers(
            [
                Server("good", "good:1", Good, Good),
                Server("some", "10.0.0.1:1", Good, Good), Server("some", "10.0.0.2:1", Good, Refused),
                Server("every", "10.0.0.3:1", Good, Refused), Server("every", "10.0.0.4:1", Good, Refused),
                Server("shut", "shut:1", Refused, Refused),
                Server("down", "down:1", Unreached, Unreached),
            ], []), []);

        Assert.False(report.Ready);
        Assert.Equal(
            "Not ready: 3 of 7 servers would break with the new credential of checkout: some (10.0.0.2:1), every (all 2 addresses); " +
            "1 refuses both it and the current one: shut; 1 not proven: down.", report.Summary);
        Assert.Equal(14, report.Results.Count);
    }

    [Fact]
    public void An_unknown_server_is_not_ready()
    {
        var report = RolloutJudge.Report("checkout", new ProbedServers([Server("a", "a:1", Good, Good), Server("b", "b:1", Unreached, null)], []), []);

        Assert.False(report.Ready);
        Assert.Equal("Not ready: none of 2 servers is known to break with the new credential of checkout; 1 not proven: b.", report.Summary);
    }

    [Fact]
    public void No_server_at_all_is_not_ready() => Assert.False(RolloutJudge.Report("checkout", new ProbedServers([], []), []).Ready);

    [Fact]
    public void A_server_that_asks_for_no_certificate_proves_nothing_and_is_named()
    {
        var open = Good with { ClientCertificate = new ClientCertificateFacts { Requested = false } };
        var report = RolloutJudge.Report("checkout", new ProbedServers([Server("open", "open:1", open, open), Server("a", "a:1", Good, Good)], []), []);

        Assert.True(report.Ready);
        Assert.Contains("open did not ask for a client certificate, ", Assert.Single(report.Warnings).Message);
    }

    [Theory]
    [InlineData(true, true, false, true)]
    [InlineData(false, true, false, true)]
    [InlineData(true, false, false, true)]
    [InlineData(false, false, false, false)]
    [InlineData(true, true, true, false)]
    [InlineData(true, true, null, false)]
    public void A_list_without_the_new_issuer_has_a_warning_unless_nothing_changes(bool changed, bool current, bool? next, bool warned)
    {
        ProbeResult With(bool? acceptable) => Good with { ClientCertificate = new ClientCertificateFacts { Requested = true, IssuerAcceptable = acceptable } };
        var probed = new ProbedServers([Server("a", "a:1", With(current), With(next)), Server("b", "b:1", With(true), With(true))], []);

        var warnings = IssuerLists.Warnings(probed, "CN=New Root", changed).ToList();

        Assert.Equal(warned ? ["issuer_not_listed"] : [], warnings.Select(warning => warning.Code));
        Assert.All(warnings, warning => Assert.StartsWith("the CA list of 1 of 2 servers does not lead to CN=New Root: a (1 name it, 0 send no list)", warning.Message));
    }

    private static ProbedServer Server(string target, string address, ProbeResult current, ProbeResult? next) => new(Jobs.Target(target), address, current, next);
}
