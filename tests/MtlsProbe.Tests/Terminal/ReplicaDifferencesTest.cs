using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Terminal;

/// <summary>The comparison of replicas, without its text.</summary>
public class ReplicaDifferencesTest
{
    private static readonly ProbeResult Good = Sample.Accepted;

    private static readonly Certificate OldLeaf = Sample.Named("CN=payments.internal", "CN=Issuing CA 1, O=Acme", "0ldd", days: 1);

    [Fact]
    public void Replicas_with_the_same_answer_agree_whatever_it_is()
    {
        Assert.Empty(Among(At("a", Good), At("b", Good), At("c", Good)).Found);
        var down = Sample.Failed(Phase.Connect, Reasons.ConnectionRefused, "", new Timings { Total = 0 });
        var among = Among(At("a", down), At("b", down));
        Assert.Equal((2, 0), (among.Addresses, among.Found.Count));
    }

    [Fact]
    public void One_address_does_not_differ_however_many_credentials_it_gets()
    {
        var among = Among(At("a", Good), At("a", Good with { Slot = Slot.Next, Outcome = Outcome.Rejected, Success = false }));
        Assert.Equal((1, 0), (among.Addresses, among.Found.Count));
    }

    [Fact]
    public void Another_leaf_is_named_with_its_serial_and_its_end_and_the_many_come_first() => Differ(
        Among(At("a", Served(OldLeaf)), At("b", Good), At("c", Good)),
        "leaf certificate",
        ("serial 4e1f00d2, until 2026-12-31 18:00Z", null, "b c"),
        ("serial 0ldd, until 2026-11-21 18:00Z", null, "a"));

    [Fact]
    public void A_replica_that_was_not_reached_is_not_said_to_serve_another_leaf()
    {
        var down = Sample.Failed(Phase.Connect, Reasons.ConnectionRefused, "", new Timings { Total = 0 });
        Differ(Among(At("a", Good), At("b", down)), "checkout (current)", ("accepted", true, "a"), ("failed, connection_refused", false, "b"));
        var among = Among(At("a", Good), At("b", down), At("c", Served(OldLeaf)));
        Assert.Equal(["leaf certificate", "checkout (current)"], among.Found.Select(difference => difference.Question));
        Assert.Equal(("not seen", null), (among.Found[0].Groups[^1].Answer, among.Found[0].Groups[^1].Good));
    }

    [Fact]
    public void A_replica_behind_which_others_alternate_is_named_with_all_its_leaves() => Differ(
        Among(At("a", Good), At("a", Served(OldLeaf) with { Slot = Slot.Next }), At("b", Good), At("b", Good with { Slot = Slot.Next })),
        "leaf certificate",
        ("serial 0ldd, until 2026-11-21 18:00Z and serial 4e1f00d2, until 2026-12-31 18:00Z", null, "a"),
        ("serial 4e1f00d2, until 2026-12-31 18:00Z", null, "b"));

    [Fact]
    public void Chains_differ_by_their_errors()
    {
        var broken = Sample.Distrusted([Sample.Leaf], [Sample.Leaf], new ChainFault(Reasons.IncompleteChain, null, ""), new ChainFault(Reasons.Weak, null, ""));
        var among = Among(At("a", Good), At("b", broken));
        Assert.Equal(["chain", "checkout (current)"], among.Found.Select(difference => difference.Question));
        Differ(among, "chain", ("trusted", true, "a"), ("not trusted: incomplete_chain, weak", false, "b"));
    }

    [Fact]
    public void Each_credential_is_a_separate_question()
    {
        var refused = Good with { Slot = Slot.Next, Outcome = Outcome.Rejected, Success = false, Failure = new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), "") };
        Differ(
            Among(At("a", Good), At("a", Good with { Slot = Slot.Next }), At("b", Good), At("b", refused)),
            "checkout (next)",
            ("accepted", true, "a"),
            ("rejected, unknown_ca", false, "b"));
    }

    [Fact]
    public void Enforcement_is_refused_accepted_or_unknown()
    {
        var refuses = Good with { Identity = Identity.None, Expect = Expectation.Reject, Outcome = Outcome.Rejected };
        var letsIn = refuses with { Outcome = Outcome.Accepted, Success = false, Failure = new Failure(Phase.Confirm, Reasons.NotRefused, null, "") };
        var down = refuses with { Outcome = Outcome.Failed, Success = false, Failure = new Failure(Phase.Connect, Reasons.ConnectTimeout, null, ""), ServerCertificates = [] };
        Differ(
            Among(At("a", refuses), At("b", refuses), At("c", letsIn), At("d", down)),
            "none, must be refused",
            ("refused", true, "a b"),
            ("let in", false, "c"),
            ("not known: connect_timeout", null, "d"));
    }

    [Fact]
    public void An_unexpected_certificate_is_no_lack_of_acceptance()
    {
        var expected = Good with { Expected = new ExpectedCertificateFacts(true, true) };
        var other = Served(OldLeaf) with
        {
            Success = false,
            Failure = new Failure(Phase.Handshake, Reasons.NotExpected, null, ""),
            Expected = new ExpectedCertificateFacts(false, true),
        };
        var among = Among(At("a", expected), At("b", other));
        Assert.Equal(["leaf certificate", "expected certificate"], among.Found.Select(difference => difference.Question));
        Differ(Among(At("a", expected), At("b", expected with { Expected = new ExpectedCertificateFacts(true, false) })), "issuer of the leaf",
            ("the expected one", true, "a"), ("not the expected one", false, "b"));
    }

    [Fact]
    public void Whether_a_certificate_is_asked_for_is_compared() => Differ(
        Among(At("a", Good), At("b", Good with { ClientCertificate = new ClientCertificateFacts { Requested = false } })),
        "request for a client certificate",
        ("asks for one", true, "a"),
        ("asks for none", false, "b"));

    private static ProbeResult At(string address, ProbeResult result) => result with { Address = address };

    private static ProbeResult Served(Certificate leaf) => Good with { ServerCertificates = [leaf, Sample.Issuing] };

    private static ReplicaDifferences Among(params ProbeResult[] results) => ReplicaDifferences.Among(results);

    private static void Differ(ReplicaDifferences among, string question, params (string Answer, bool? Good, string Addresses)[] groups) => Assert.Equal(
        groups,
        Assert.Single(among.Found, difference => difference.Question == question).Groups.Select(group => (group.Answer, group.Good, string.Join(' ', group.Addresses))));
}
