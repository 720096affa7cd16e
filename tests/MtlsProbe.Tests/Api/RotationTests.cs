using MtlsProbe.Api;
using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Api;

/// <summary>The steps of docs/rotation.md, one after another, at two servers.</summary>
public class RotationTests
{
    private static readonly Certificate s_old = Samples.Certificate("old", issuer: "CN=Old CA");
    private static readonly Certificate s_new = Samples.Certificate("new", issuer: "CN=New CA");
    private static readonly CredentialState s_current = new("checkout", Slot.Current, [s_old], Usable: true);
    private static readonly CredentialState s_next = new("checkout", Slot.Next, [s_new], Usable: true);
    private static readonly CredentialState s_retired = new("retired", Slot.Current, [Samples.Certificate("retired", issuer: "CN=Old CA")], Usable: true);
    private static readonly Target s_a = Samples.Target("a");
    private static readonly Target s_b = Samples.Target("b");

    [Fact]
    public void Before_anything_is_staged_there_is_no_rotation()
    {
        var (rotation, missing) = Judge([s_current], Shown(s_a, s_old), Shown(s_b, s_old));
        Assert.Equal((RotationStep.None, false, 2, 2, 0, 0), (rotation.Step, rotation.Ready, rotation.Addresses, rotation.Accepted, rotation.Refused, rotation.Unknown));
        Assert.Empty(missing);
    }

    [Fact]
    public void While_a_server_refuses_the_replacement_trust_is_needed_first()
    {
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Shown(s_b, s_old), Next(s_a, s_new), RefusedNext(s_b));

        Assert.Equal((RotationStep.TrustFirst, false, 2, 1, 1, 0), (rotation.Step, rotation.Ready, rotation.Addresses, rotation.Accepted, rotation.Refused, rotation.Unknown));
        Assert.Equal("a replacement is staged; 1 of 2 addresses accepts it", rotation.Sentence);
        var thing = Assert.Single(missing);
        Assert.Equal((MissingKind.Refuses, "1 address refuses the replacement", 1), (thing.Kind, thing.Sentence, thing.Total));
        Assert.Equal(new MissingPlace("b", "b.internal:8443", "checkout", Slot.Next, Reasons.UnknownCa.Sentence), Assert.Single(thing.Places));
    }

    [Fact]
    public void An_unknown_answer_is_no_consent()
    {
        var unreached = Samples.State(s_b, Samples.Refused(s_b) with { Slot = Slot.Next });
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Shown(s_b, s_old), Next(s_a, s_new), unreached);
        Assert.Equal((RotationStep.TrustFirst, 1, 0, 1), (rotation.Step, rotation.Accepted, rotation.Refused, rotation.Unknown));
        Assert.Equal((MissingKind.Unknown, "it is not known whether 1 address accepts the replacement"), (Assert.Single(missing).Kind, missing[0].Sentence));
    }

    [Fact]
    public void A_server_that_was_not_probed_or_got_an_older_certificate_has_not_consented()
    {
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Shown(s_b, s_old), Next(s_a, Samples.Certificate("staged before")));
        Assert.Equal((RotationStep.TrustFirst, 0, 2), (rotation.Step, rotation.Accepted, rotation.Unknown));
        Assert.Equal((MissingKind.NotProbed, 2), (Assert.Single(missing).Kind, missing[0].Total));
        Assert.StartsWith("last presented: serial 0a73", missing[0].Places[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_files_and_a_replacement_that_is_not_valid_yet_are_missing_whatever_the_servers_answer()
    {
        var broken = s_next with { Usable = false, Fault = "/pki/next.key does not exist" };
        Assert.Equal("the replacement cannot be used: /pki/next.key does not exist", Assert.Single(Judge([s_current, broken], Shown(s_a, s_old), Next(s_a, s_new)).Missing).Sentence);

        var future = s_new with { NotBefore = Samples.Now.AddDays(1) };
        var (rotation, missing) = Judge([s_current, s_next with { Chain = [future] }], Shown(s_a, s_old), Next(s_a, future));
        Assert.Equal((RotationStep.TrustFirst, MissingKind.NotValid), (rotation.Step, Assert.Single(missing).Kind));
    }

    [Fact]
    public void A_replacement_that_is_presented_to_no_server_is_not_ready() =>
        Assert.Equal((RotationStep.TrustFirst, MissingKind.NotProbed), Judge([s_current, s_next]) is var (rotation, missing) ? (rotation.Step, Assert.Single(missing).Kind) : default);

    [Fact]
    public void Once_every_server_accepts_it_the_clients_may_change()
    {
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Shown(s_b, s_old), Next(s_a, s_new), Next(s_b, s_new));
        Assert.Equal((RotationStep.Clients, true, 2, 0), (rotation.Step, rotation.Ready, rotation.Accepted, rotation.Missing));
        Assert.Empty(missing);
    }

    [Fact]
    public void A_server_that_refuses_both_is_reported_as_such()
    {
        var refusesBoth = Samples.State(s_a, Rejecting(s_a, Slot.Current));
        Assert.EndsWith("(and refuses the current one too)", Assert.Single(Judge([s_current, s_next], refusesBoth, RefusedNext(s_a)).Missing).Places[0].Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("timeout")]
    [InlineData("not_http")]
    public void A_replacement_that_gets_no_HTTP_answer_is_not_known_to_be_accepted_whatever_the_current_one_gets(string reason)
    {
        HandshakeState Unanswered(Slot slot) => Samples.State(s_a, Failing(s_a, slot, reason).Last! with { Outcome = Outcome.Unconfirmed });

        foreach (var current in new[] { Shown(s_a, s_old), Unanswered(Slot.Current) })
        {
            var (rotation, missing) = Judge([s_current, s_next], current, Unanswered(Slot.Next));
            Assert.Equal((RotationStep.TrustFirst, false, 0, 0, 1), (rotation.Step, rotation.Ready, rotation.Accepted, rotation.Refused, rotation.Unknown));
            Assert.Equal((MissingKind.Unknown, "it is not known whether 1 address accepts the replacement"), (Assert.Single(missing).Kind, missing[0].Sentence));
        }
    }

    [Fact]
    public void A_different_answer_of_the_application_is_not_ready()
    {
        const string reason = "unexpected_status";
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Failing(s_a, Slot.Next, reason));
        Assert.Equal((RotationStep.TrustFirst, false, 0, 0, 1), (rotation.Step, rotation.Ready, rotation.Accepted, rotation.Refused, rotation.Unknown));
        Assert.Equal((MissingKind.Unserved, "1 address lets the replacement in, but the application did not serve it"), (Assert.Single(missing).Kind, missing[0].Sentence));
        Assert.NotEmpty(missing[0].Places[0].Why);

        Assert.Equal(RotationStep.Clients, Judge([s_current, s_next], Failing(s_a, Slot.Current, reason), Failing(s_a, Slot.Next, reason)).Rotation.Step);
    }

    [Fact]
    public void A_replacement_that_was_requested_but_not_sent_is_not_accepted()
    {
        var withheld = Presenting(s_a, Slot.Next, s_new) with { ClientCertificate = new() { Requested = true } };
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Samples.State(s_a, withheld));
        Assert.Equal((RotationStep.TrustFirst, MissingKind.Unknown), (rotation.Step, Assert.Single(missing).Kind));
        Assert.Contains("was not sent", missing[0].Places[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_asks_for_no_certificate_proves_nothing_and_blocks_nothing()
    {
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Next(s_a, s_new), NotAsking(s_b, Slot.Current), NotAsking(s_b, Slot.Next));
        Assert.Equal((RotationStep.Clients, true, 1, 1), (rotation.Step, rotation.Ready, rotation.Accepted, rotation.Unknown));
        Assert.Equal(
            "every address that asks for a certificate accepts the replacement: the clients may change (of 2 names, only one address is probed; preflight probes all) (1 address asks for no certificate, so that proves nothing there)", rotation.Sentence);
        Assert.Empty(missing);
    }

    [Fact]
    public void If_no_server_asks_for_a_certificate_nothing_shows_that_it_is_accepted()
    {
        var (rotation, missing) = Judge([s_current, s_next], NotAsking(s_b, Slot.Current), NotAsking(s_b, Slot.Next));
        Assert.Equal((RotationStep.TrustFirst, false, 0), (rotation.Step, rotation.Ready, rotation.Accepted));
        Assert.Equal((MissingKind.Unknown, "no address asks for a certificate, so nothing shows whether this one is accepted"), (Assert.Single(missing).Kind, missing[0].Sentence));
    }

    [Fact]
    public void An_address_that_did_not_get_the_current_one_either_counts_as_not_probed()
    {
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Next(s_a, s_new), Samples.State(s_b), Next(s_b, s_new));
        Assert.Equal((RotationStep.TrustFirst, 1, 1), (rotation.Step, rotation.Accepted, rotation.Unknown));
        Assert.Equal((MissingKind.NotProbed, "b"), (Assert.Single(missing).Kind, missing[0].Places[0].Target));
    }

    [Fact]
    public void An_old_answer_does_not_count()
    {
        var old = Presenting(s_b, Slot.Next, s_new);
        var (rotation, missing) = Judge([s_current, s_next], Shown(s_a, s_old), Next(s_a, s_new), Shown(s_b, s_old), Samples.State(s_b, old with { At = old.At.AddHours(-1) }));
        Assert.Equal((RotationStep.TrustFirst, false, 1, 1), (rotation.Step, rotation.Ready, rotation.Accepted, rotation.Unknown));
        Assert.Equal((MissingKind.NotProbed, "not probed for more than three intervals"), (Assert.Single(missing).Kind, missing[0].Places[0].Why));

        var changed = s_current with { Chain = [s_new] };
        var current = Presenting(s_a, Slot.Current, s_new);
        Assert.Equal(RotationStep.Switching, Judge([changed, s_retired], Samples.State(s_a, current with { At = current.At.AddHours(-1) }), Samples.State(s_a, Samples.LetIn(s_a, "retired"))).Rotation.Step);
    }

    [Fact]
    public void An_outage_after_the_old_one_was_presented_does_not_prove_that_the_new_one_is_in_use()
    {
        var changed = s_current with { Chain = [s_new] };
        var (rotation, missing) = Judge([changed], Shown(s_a, s_new), Samples.State(s_b, Presenting(s_b, Slot.Current, s_old), Samples.Refused(s_b)));
        Assert.Equal((RotationStep.Switching, MissingKind.OldShown, "b"), (rotation.Step, Assert.Single(missing).Kind, missing[0].Places[0].Target));
    }

    [Fact]
    public void The_new_one_is_in_use_only_where_it_was_presented_and_accepted_last()
    {
        var changed = s_current with { Chain = [s_new] };
        RotationProgress With(HandshakeState atB, MissingKind? kind)
        {
            var (rotation, missing) = Judge([changed, s_retired], Shown(s_a, s_new), atB, Samples.State(s_a, Samples.LetIn(s_a, "retired")));
            Assert.Equal(kind, missing[0].Kind is MissingKind.LetIn ? null : Assert.Single(missing).Kind);
            return rotation;
        }

        var pending = With(Samples.State(s_b), MissingKind.Unknown);
        Assert.Equal((RotationStep.Switching, 1, 1), (pending.Step, pending.Accepted, pending.Unknown));
        Assert.Equal(
            "it is not proven that the credential in the files is in use everywhere; it is not known whether 1 address accepts the credential that is in the files now", pending.Sentence);
        Assert.Equal(RotationStep.Switching, With(Samples.State(s_b, Presenting(s_b, Slot.Current, s_new), Samples.Refused(s_b)), MissingKind.Unknown).Step);
        var refused = With(Samples.State(s_b, Rejecting(s_b, Slot.Next) with { Slot = Slot.Current }), MissingKind.Refuses);
        Assert.Equal((RotationStep.Switching, 1), (refused.Step, refused.Refused));
        var open = With(NotAsking(s_b, Slot.Current), null);
        Assert.Equal(RotationStep.CleanUp, open.Step);
        Assert.EndsWith("(1 address asks for no certificate, so that proves nothing there)", open.Sentence, StringComparison.Ordinal);
        Assert.StartsWith("the credential in the files is in use; ", With(Shown(s_b, s_new), null).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void After_the_change_the_rotation_continues_until_the_old_one_is_presented_nowhere()
    {
        var changed = s_current with { Chain = [s_new] };
        var (rotation, missing) = Judge([changed], Shown(s_a, s_new), Shown(s_b, s_old));
        Assert.Equal((RotationStep.Switching, false), (rotation.Step, rotation.Ready));
        Assert.Equal((MissingKind.OldShown, "b", $"last presented: serial {s_old.Serial}"), (Assert.Single(missing).Kind, missing[0].Places[0].Target, missing[0].Places[0].Why));

        Assert.Equal(RotationStep.None, Judge([changed], Shown(s_a, s_new), Shown(s_b, s_new)).Rotation.Step);
    }

    [Fact]
    public void A_retired_credential_must_be_refused_before_the_rotation_is_complete()
    {
        var changed = s_current with { Chain = [s_new] };
        HandshakeState LetIn(Target target) => Samples.State(target, Samples.LetIn(target, "retired"));

        var (rotation, missing) = Judge(
            [changed, s_retired], Shown(s_a, s_new), Shown(s_b, s_new), LetIn(s_a), Samples.State(s_b, Samples.Refused(s_b) with { Expect = Expectation.Reject, Identity = "retired" }));
        Assert.Equal(RotationStep.CleanUp, rotation.Step);
        Assert.Equal([(MissingKind.LetIn, 1), (MissingKind.NotRefused, 1)], missing.Select(thing => (thing.Kind, thing.Total)));

        Assert.Equal(RotationStep.None, Judge([changed, s_retired], Shown(s_a, s_new), Samples.State(s_a, Samples.TurnedAway(s_a, "retired"))).Rotation.Step);
    }

    [Fact]
    public void A_clean_up_is_incomplete_until_every_server_is_known_to_refuse_the_retired_credential()
    {
        var changed = s_current with { Chain = [s_new] };
        var unreached = Samples.Refused(s_b) with { Expect = Expectation.Reject, Identity = "retired" };
        var refused = Samples.State(s_a, Samples.TurnedAway(s_a, "retired"));

        var (rotation, missing) = Judge([changed, s_retired], Shown(s_a, s_new), Shown(s_b, s_new), refused, Samples.State(s_b, unreached));
        Assert.Equal((RotationStep.CleanUp, MissingKind.NotRefused, "b"), (rotation.Step, Assert.Single(missing).Kind, missing[0].Places[0].Target));
        Assert.Equal("nothing is staged, and the clean-up is not proven; it is not known whether 1 address refuses a credential of another issuer, which has to be refused", rotation.Sentence);

        // The server has refused it; that it cannot be reached since then changes nothing.
        var outage = Samples.State(s_b, unreached) with { History = ResultHistory.Empty.With(Samples.TurnedAway(s_b, "retired")).With(unreached) };
        Assert.Equal(RotationStep.None, Judge([changed, s_retired], Shown(s_a, s_new), Shown(s_b, s_new), refused, outage).Rotation.Step);

        // But if it accepted the credential before the outage, the clean-up is not done.
        var open = outage with { History = ResultHistory.Empty.With(Samples.LetIn(s_b, "retired")).With(unreached) };
        Assert.Equal(RotationStep.CleanUp, Judge([changed, s_retired], Shown(s_a, s_new), Shown(s_b, s_new), refused, open).Rotation.Step);
    }

    [Fact]
    public void A_promoted_credential_whose_files_are_left_in_next_is_no_replacement()
    {
        var changed = s_current with { Chain = [s_new] };
        var (rotation, missing) = Judge([changed, s_next], Shown(s_a, s_new), Next(s_a, s_new));
        Assert.Equal((RotationStep.CleanUp, MissingKind.NextLeft), (rotation.Step, Assert.Single(missing).Kind));
        Assert.Equal("the credential in the files is in use; the files of next still contain the credential in use: remove them", rotation.Sentence);

        // Not everywhere yet: that comes first.
        Assert.Equal((RotationStep.Switching, MissingKind.OldShown), Judge([changed, s_next], Shown(s_a, s_old), Next(s_a, s_new)) is var (other, first) ? (other.Step, first[0].Kind) : default);
    }

    [Fact]
    public void The_refusal_of_an_expired_credential_is_no_proof_where_the_server_still_names_its_issuer()
    {
        var changed = s_current with { Chain = [s_new] };
        var expired = s_retired with { Chain = [Samples.Certificate("retired", days: -1, issuer: "CN=Old CA")] };
        ProbeResult Refused(params string[] issuers)
        {
            var result = Samples.TurnedAway(s_a, "retired");
            return result with { ClientCertificate = result.ClientCertificate! with { AcceptableIssuers = [.. issuers] } };
        }

        var (rotation, missing) = Judge([changed, expired], Shown(s_a, s_new), Samples.State(s_a, Refused("CN=New CA", "CN=Old CA")));
        Assert.Equal((RotationStep.CleanUp, MissingKind.StillNamed, 1), (rotation.Step, Assert.Single(missing).Kind, missing[0].Total));

        Assert.Equal(RotationStep.None, Judge([changed, expired], Shown(s_a, s_new), Samples.State(s_a, Refused("CN=New CA"))).Rotation.Step);
        Assert.Equal(RotationStep.None, Judge([changed, s_retired], Shown(s_a, s_new), Samples.State(s_a, Refused("CN=New CA", "CN=Old CA"))).Rotation.Step);
    }

    [Fact]
    public void A_credential_of_the_same_issuer_is_accepted_until_it_expires_and_blocks_nothing()
    {
        var rotation = Judge([s_current, s_retired], Shown(s_a, s_old), Samples.State(s_a, Samples.LetIn(s_a, "retired"))).Rotation;
        Assert.Equal((RotationStep.None, "no replacement is staged; 1 address lets in a retired credential of the same issuer, until it expires or is revoked"), (rotation.Step, rotation.Sentence));
    }

    [Fact]
    public void A_revoked_credential_of_the_same_issuer_that_is_accepted_is_reported_as_revoked()
    {
        var revoked = s_retired with { RevokedSince = Samples.Now.AddDays(-1) };
        var rotation = Judge([s_current, revoked], Shown(s_a, s_old), Samples.State(s_a, Samples.LetIn(s_a, "retired"))).Rotation;

        Assert.Equal("no replacement is staged; 1 address lets in a retired credential that its issuer has revoked: the server uses no revocation list that names it", rotation.Sentence);
    }

    [Fact]
    public void The_matrix_has_a_row_for_each_address_and_a_column_for_each_credential_with_the_worst_row_first()
    {
        var view = View([s_current, s_next, s_retired], Shown(s_a, s_old), Next(s_a, s_new), Samples.State(s_a, Samples.LetIn(s_a, "retired")), Shown(s_b, s_old), RefusedNext(s_b));
        var detail = IdentityDetail.Of(view, "i", view.Identities.Single(identity => identity.Name == "checkout"), null, new Paging(1, 100));

        Assert.Equal(
            [new ColumnFacts("checkout", Slot.Current, Expectation.Accept, null), new("checkout", Slot.Next, Expectation.Accept, null), new("retired", Slot.Current, Expectation.Reject, null)], detail.Columns);
        Assert.Equal(
            ["b healthy refused -", "a healthy healthy not_enforced"],
            detail.Rows.Select(row => $"{row.Target} {string.Join(' ', row.Cells.Select(cell => cell?.State.Label() ?? "-"))}"));
        Assert.Equal((s_new.Serial, "unknown_ca"), (detail.Rows[1].Cells[1]!.Serial, detail.Rows[0].Cells[1]!.Reason));

        var refused = IdentityDetail.Of(view, "i", view.Identities[0], condition => condition == Condition.Refused, new Paging(1, 100));
        Assert.Equal((1, "b"), (refused.Total, refused.Rows[0].Target));
    }

    [Fact]
    public void Identities_show_their_files_and_users_and_active_rotations_come_first()
    {
        var identities = View([s_current, s_next with { Usable = false, Fault = "/next/tls.key is gone" }, s_retired], Shown(s_a with { MustReject = ["retired"] }, s_old)).Identities;

        Assert.Equal(["checkout", "retired"], identities.Select(identity => identity.Name));
        var facts = identities[0].Facts();
        Assert.Equal((1, 1, 0), (facts.Targets, facts.Addresses, facts.RefusedBy));
        Assert.Equal(1, identities[1].Facts().RefusedBy);
        Assert.Equal(["/current/tls.crt", "/current/tls.key"], facts.Slots[0].Files);
        Assert.Equal((true, true, (string?)null), (facts.Slots[0].Staged, facts.Slots[0].Loaded, facts.Slots[0].Fault));
        Assert.Equal((true, false, "/next/tls.key is gone"), (facts.Slots[1].Staged, facts.Slots[1].Loaded, facts.Slots[1].Fault));
        Assert.Equal(s_old.Serial, Assert.Single(facts.Slots[0].Certificates).Serial);
    }

    private static (RotationProgress Rotation, ValueList<MissingThing> Missing) Judge(IReadOnlyList<CredentialState> credentials, params HandshakeState[] handshakes)
    {
        var identity = View(credentials, handshakes).Identities.Single(identity => identity.Name == "checkout");
        Assert.Equal(identity.Missing.Count, identity.Rotation.Missing);
        return (identity.Rotation, identity.Missing);
    }

    private static FleetView View(IReadOnlyList<CredentialState> credentials, params HandshakeState[] handshakes) => new(Fleets.Snapshot(handshakes) with
    {
        Credentials = credentials,
        Identities = [new("retired", new SecretDirectory("/retired")), new("checkout", new SecretDirectory("/current")) { Next = new SecretDirectory("/next") }],
    });

    private static HandshakeState Shown(Target target, Certificate presented) => Samples.State(target, Presenting(target, Slot.Current, presented));

    private static HandshakeState Next(Target target, Certificate presented) => Samples.State(target, Presenting(target, Slot.Next, presented));

    private static HandshakeState RefusedNext(Target target) => Samples.State(target, Rejecting(target, Slot.Next));

    /// <summary>Accepted by TLS, and failed by the application.</summary>
    private static HandshakeState Failing(Target target, Slot slot, string reason) => Samples.State(target, Presenting(target, slot, slot == Slot.Next ? s_new : s_old) with
    {
        Success = false,
        Failure = new Failure(Phase.Application, Reasons.All.Single(known => known.Class == FailureClass.Application && known.Label == reason), null, "status 500"),
    });

    private static HandshakeState NotAsking(Target target, Slot slot) =>
        Samples.State(target, Samples.Accepted(target) with { Slot = slot, ClientCertificate = new() { Requested = false } });

    private static ProbeResult Presenting(Target target, Slot slot, Certificate presented)
    {
        var accepted = Samples.Accepted(target);
        return accepted with { Slot = slot, ClientCertificate = accepted.ClientCertificate! with { Presented = presented } };
    }

    private static ProbeResult Rejecting(Target target, Slot slot) => Presenting(target, slot, slot == Slot.Next ? s_new : s_old) with
    {
        Outcome = Outcome.Rejected,
        Success = false,
        Failure = new Failure(Phase.Confirm, Reasons.UnknownCa, new Alert(48), ""),
    };
}
