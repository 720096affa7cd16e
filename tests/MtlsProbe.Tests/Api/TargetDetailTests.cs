using System.Text;
using System.Text.Json;
using MtlsProbe.Api;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Api;

public class TargetDetailTests
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_issuing = s_root.Intermediate("Issuing");

    [Fact]
    public void A_handshake_has_its_verdict_in_words_with_what_to_do()
    {
        var detail = Only(Samples.Rejected(Samples.Target()));

        Assert.Equal("the server does not trust us", detail.Verdict.Meaning);
        Assert.Equal("the server's alert certificate_expired (45)", detail.Verdict.Evidence);
        Assert.Equal("the server sent alert certificate_expired (45)", detail.Verdict.Detail);
        Assert.Equal(Reasons.CertificateExpired.Hint, detail.Verdict.Advice[0]);
        Assert.Equal($"Also, name_mismatch: {Reasons.NameMismatch.Hint}", detail.Verdict.Advice[2]);
        Assert.Equal("MtlsProbeCredentialRefused", detail.Verdict.Runbook!.Alert);
        Assert.Equal((1, 1), (detail.Counters.Outcomes["rejected"], detail.Counters.Failures["client_certificate"]));
        Assert.Equal((4, 8), (detail.Counters.Outcomes.Count, detail.Counters.Failures.Count));
    }

    [Fact]
    public void A_success_needs_no_advice() =>
        Assert.True(Only(Samples.Accepted(Samples.Target())).Verdict is { Meaning: null, Detail: null, Advice.Count: 0, Runbook: null, Evidence: "the server's HTTP answer" });

    [Fact]
    public void A_chain_is_drawn_from_the_leaf_to_its_anchor_with_each_fault_at_its_certificate()
    {
        var (leaf, extra) = (s_issuing.Leaf("a.test").Certificate, s_root.Leaf("extra.test").Certificate);
        var chain = Only(Samples.Accepted(Samples.Target()) with
        {
            ServerCertificates = [leaf, s_issuing.Certificate, extra],
            Chain = new ChainVerdict
            {
                Path = [leaf, s_issuing.Certificate, s_root.Certificate],
                Faults =
                [
                    new ChainFault(Reasons.Expired, leaf.Subject, "expired yesterday"), new ChainFault(Reasons.Weak, extra.Subject, "weak"),
                    new ChainFault(Reasons.BadSignature, "CN=nobody", "of nobody here"),
                ],
                Notes = ["a note"],
                NoteNames = [ChainNotes.StapleUnknown],
                Ocsp = "good",
                Staple = new StaplePeriod(Samples.Now, null),
            },
        }).Chain!;

        Assert.Equal(
            [(leaf.Subject, true, false, "expired"), ("CN=Issuing", true, false, ""), ("CN=Root", false, true, "")],
            chain.Path.Select(one => (one.Subject, one.Presented, one.Anchor, string.Join(' ', one.Faults.Select(fault => fault.Error)))));
        Assert.Equal((false, true, (ChainGap?)null), (chain.Valid, chain.Anchored, chain.Gap));
        Assert.Equal(("weak", extra.Subject), (Assert.Single(Assert.Single(chain.Extras).Faults).Error, chain.Extras[0].Subject));
        Assert.Equal(new FaultFacts("bad_signature", Reasons.BadSignature.Sentence, "of nobody here"), Assert.Single(chain.Faults));
        Assert.Equal(("a note", "good"), (Assert.Single(chain.Notes), chain.Ocsp));
        Assert.Equal(("staple_unknown", Samples.Now), (Assert.Single(chain.NoteNames), chain.Staple!.ThisUpdate));
    }

    [Fact]
    public void A_chain_without_an_anchor_says_what_is_missing()
    {
        var leaf = s_issuing.Leaf("a.test").Certificate;
        var fault = new ChainFault(Reasons.IncompleteChain, null, "the issuer was not presented");
        var chain = Only(Samples.Accepted(Samples.Target()) with { ServerCertificates = [leaf], Chain = new ChainVerdict { Path = [leaf], Faults = [fault] } }).Chain!;

        Assert.False(chain.Anchored);
        Assert.Equal(("CN=Issuing", "incomplete_chain"), (chain.Gap!.Missing, Assert.Single(chain.Gap.Faults).Error));
    }

    [Fact]
    public void Whatever_a_peer_sends_the_answer_is_bounded_and_its_text_visible()
    {
        var evil = "<script>alert(1)</script>\u202e\u0007" + new string('x', 5000);
        var names = Enumerable.Range(0, 5000).Select(i => $"{evil}{i}").ToValueList();
        var leaf = s_issuing.Leaf("a.test", template => template with { Dns = [.. Enumerable.Range(0, 5000).Select(i => $"host-{i}.test")] }).Certificate with { Uris = names };
        var many = Enumerable.Range(0, 100).Select(i => Samples.Certificate($"c{i}")).ToValueList();
        var detail = Only(Samples.Rejected(Samples.Target()) with
        {
            Failure = new Failure(Phase.Application, Reasons.NotHttp, null, evil),
            ServerCertificates = [leaf, .. many],
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = leaf, AcceptableIssuers = [.. names, leaf.Issuer] },
            Chain = new ChainVerdict
            {
                Path = [leaf, .. many],
                Faults = Enumerable.Range(0, 500).Select(i => new ChainFault(Reasons.Weak, i % 2 == 0 ? leaf.Subject : evil, evil)).ToValueList(),
                Notes = names,
                Ocsp = evil,
            },
        });

        var json = JsonSerializer.SerializeToUtf8Bytes(Detail(detail), StatusJson.Default.TargetDetail);
        Assert.True(json.Length < 400_000, $"{json.Length} bytes");
        var text = Encoding.UTF8.GetString(json);
        Assert.DoesNotContain("<", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202e", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u202E", text, StringComparison.Ordinal);
        Assert.Contains("u{202e}", text, StringComparison.Ordinal);

        Assert.Equal((20, 10_000), (detail.Chain!.Path[0].Names.Count, detail.Chain.Path[0].NamesTotal));
        Assert.Equal((20, 5001, true), (detail.AcceptableIssuers.Shown.Count, detail.AcceptableIssuers.Total, detail.AcceptableIssuers.Shown[0].Ours));
        Assert.Equal((20, 20, 20), (detail.Record!.ServerCertificates.Count, detail.Record.ServerCertificates[0].DnsNames.Count, detail.Record.ClientCertificate!.AcceptableIssuers.Count));
    }

    [Fact]
    public void Handshakes_are_filtered_and_paged_and_the_target_counts_all_of_them()
    {
        var target = Samples.Target() with { MustReject = ["none"] };
        HandshakeState[] states =
        [
            Samples.State(target, Samples.Accepted(target)), Samples.State(target, Samples.Rejected(target) with { Slot = Slot.Next }), Samples.State(target, Samples.LetIn(target)),
        ];
        var view = Fleets.View(states);

        var page = TargetDetail.Of(view, "i", target, HandshakeFilter.None, new Paging(2, 2));
        var rejecting = TargetDetail.Of(view, "i", target, new HandshakeFilter { Expect = Expectation.Reject }, new Paging(1, 50));

        Assert.Equal((3, 1, "none"), (page.Total, page.Handshakes.Count, page.Handshakes[0].Identity));
        Assert.Equal((1, 3), (rejecting.Total, rejecting.Counts.Total));
        Assert.Equal(Condition.NotEnforced, page.State); // and not refused: the replacement does not count
    }

    [Fact]
    public void Replicas_stand_side_by_side_where_they_differ()
    {
        var target = Samples.Target();
        var other = Samples.Rejected(target) with { Address = "10.0.0.8:8443", ServerCertificates = [Samples.Certificate("other")] };
        var detail = TargetDetail.Of(Fleets.View(Samples.State(target, Samples.Accepted(target)), Samples.State(target, other)), "i", target, HandshakeFilter.None, new(1, 50));

        Assert.Equal(2, detail.Differences.Addresses);
        Assert.Equal(["leaf certificate", "chain", "checkout (current)"], detail.Differences.Found.Select(found => found.Question));
        Assert.Equal([("accepted", true, 1), ("rejected, certificate_expired", false, 1)], detail.Differences.Found[2].Groups.Select(group => (group.Answer, group.Good!.Value, group.Total)));
    }

    [Fact]
    public void The_history_has_every_result_of_the_window_and_the_failures_before_it()
    {
        var target = Samples.Target();
        var history = ResultHistory.Empty;
        for (var i = 0; i < 53; i++) history = history.With((i < 2 ? Samples.Rejected(target) : Samples.Accepted(target)) with { At = Samples.Now.AddSeconds(i) });
        var detail = HandshakeDetail.Of(new HandshakeEntry(Samples.State(target, Samples.Accepted(target)) with { History = history }, null, 0), Fleets.Snapshot());

        Assert.Equal(50, detail.History.Recent.Count);
        Assert.Equal(new PastFacts(Samples.Now.AddSeconds(52), Condition.Healthy, Outcome.Accepted, true, null, null, null, 0.0175), detail.History.Recent[^1]);
        Assert.Equal(
            new RunFacts(Samples.Now, Samples.Now.AddSeconds(1), 2, Condition.Refused, Outcome.Rejected, FailureClass.ClientCertificate, "certificate_expired", "certificate_expired"),
            Assert.Single(detail.History.EarlierFailures));
    }

    [Fact]
    public void The_query_of_a_path_is_not_shown_because_it_can_hold_a_secret()
    {
        var target = Samples.Target() with { Protocol = new Https { Path = "/health?token=hunter2", ExpectStatus = [new(200, 399), new(404, 404)] } };
        var detail = TargetDetail.Of(Fleets.View(Samples.State(target, Samples.Accepted(target))), "i", target, HandshakeFilter.None, new(1, 50));

        Assert.Equal("/health", detail.Target.Http!.Path);
        Assert.Equal(["200-399", "404"], detail.Target.Http.ExpectStatus);
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(detail, StatusJson.Default.TargetDetail), StringComparison.Ordinal);
    }

    private static HandshakeDetail Only(ProbeResult result) =>
        HandshakeDetail.Of(new HandshakeEntry(Fleets.Once(Samples.Target(), result), null, 0), Fleets.Snapshot());

    private static TargetDetail Detail(HandshakeDetail handshake) =>
        TargetDetail.Of(Fleets.View(), "i", Samples.Target(), HandshakeFilter.None, new(1, 50)) with { Handshakes = [handshake] };
}
