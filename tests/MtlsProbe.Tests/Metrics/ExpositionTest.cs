using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Metrics;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Metrics;

public sealed class ExpositionTest
{
    private static readonly Target Payments = Samples.Target();

    [Fact]
    public void Before_the_first_probe_the_counters_are_zero_and_nothing_is_claimed()
    {
        var read = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments)));

        Assert.Equal(["accepted", "rejected", "unconfirmed", "failed"], read.Of("mtlsprobe_handshakes_total").Select(sample => sample.Labels["outcome"]));
        Assert.Equal(
            ["network", "protocol", "server_certificate", "client_certificate", "identity", "application", "enforcement", "internal"],
            read.Of("mtlsprobe_handshake_failures_total").Select(sample => sample.Labels["class"]));
        Assert.All(read.Of("mtlsprobe_handshakes_total").Concat(read.Of("mtlsprobe_handshake_failures_total")), sample => Assert.Equal(0, sample.Value));
        Assert.Equal(0, Assert.Single(read.Of("mtlsprobe_server_certificate_changes_total")).Value);
        Assert.Equal(
            ["mtlsprobe_handshake_failures_total", "mtlsprobe_handshakes_total", "mtlsprobe_server_certificate_changes_total"],
            read.Samples.Where(sample => sample.Labels.ContainsKey("address")).Select(sample => sample.Name).Distinct().Order());
    }

    [Fact]
    public void An_accepted_credential_is_one_and_a_rejected_one_is_zero()
    {
        Assert.Equal(1, Value(Samples.Accepted(Payments), "mtlsprobe_client_certificate_accepted"));
        Assert.Equal(0, Value(Samples.Rejected(Payments), "mtlsprobe_client_certificate_accepted"));
    }

    [Theory]
    [InlineData(nameof(Outcome.Unconfirmed))]
    [InlineData(nameof(Outcome.Failed))]
    public void Without_a_decision_of_the_server_acceptance_is_absent_and_the_probe_is_no_success(string outcome)
    {
        var result = Samples.Refused(Payments) with { Outcome = Enum.Parse<Outcome>(outcome) };

        Assert.Null(Value(result, "mtlsprobe_client_certificate_accepted"));
        Assert.Equal(0, Value(result, "mtlsprobe_success"));
    }

    [Fact]
    public void A_failure_has_one_series_with_class_reason_and_alert_and_it_is_gone_after_a_success()
    {
        var rejected = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, Samples.Rejected(Payments))));
        var refused = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, Samples.Refused(Payments))));
        var mended = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, Samples.Rejected(Payments), Samples.Accepted(Payments))));

        var labels = Assert.Single(rejected.Of("mtlsprobe_failure_info")).Labels;
        Assert.Equal(("client_certificate", "certificate_expired", "certificate_expired"), (labels["class"], labels["reason"], labels["alert"]));
        labels = Assert.Single(refused.Of("mtlsprobe_failure_info")).Labels;
        Assert.Equal(("network", "connection_refused", ""), (labels["class"], labels["reason"], labels["alert"]));
        Assert.Empty(mended.Of("mtlsprobe_failure_info"));
    }

    [Fact]
    public void Facts_about_the_server_outlive_a_probe_that_never_reached_it()
    {
        var read = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, Samples.Accepted(Payments), Samples.Refused(Payments))));

        Assert.Equal(0, Assert.Single(read.Of("mtlsprobe_success")).Value);
        Assert.Equal(
            [("leaf", 1797789600.125), ("issuers", 1829757600.125)],
            read.Of("mtlsprobe_server_certificate_not_after_timestamp_seconds").Select(sample => (sample.Labels["position"], sample.Value)));
        Assert.Equal(1, Assert.Single(read.Of("mtlsprobe_chain_valid")).Value);
        Assert.Equal(2, read.Of("mtlsprobe_presented_serial_info").Count());
        Assert.Equal(1, Assert.Single(read.Of("mtlsprobe_client_certificate_requested")).Value);
    }

    [Fact]
    public void Phases_that_were_not_reached_are_absent()
    {
        var read = ReadExposition.OfProbe(Samples.State(Payments, Samples.Refused(Payments)));

        Assert.Equal(["dns"], read.Of("mtlsprobe_phase_duration_seconds").Select(sample => sample.Labels["phase"]));
    }

    [Fact]
    public void The_phases_before_TLS_have_their_times()
    {
        var result = Samples.Accepted(Payments) with { Timings = new Timings { Connect = 0.1, Proxy = 0.2, Starttls = 0.3, Total = 1 } };

        Assert.Equal(
            [("connect", 0.1), ("proxy", 0.2), ("starttls", 0.3)],
            ReadExposition.OfProbe(Samples.State(Payments, result)).Of("mtlsprobe_phase_duration_seconds").Select(sample => (sample.Labels["phase"], sample.Value)));
    }

    [Fact]
    public void Each_error_of_a_chain_has_one_series_however_many_certificates_have_it()
    {
        var read = ReadExposition.OfProbe(Samples.State(Payments, Samples.Rejected(Payments)));

        Assert.Equal(0, Assert.Single(read.Of("mtlsprobe_chain_valid")).Value);
        Assert.Equal(["expired", "name_mismatch"], read.Of("mtlsprobe_chain_error").Select(sample => sample.Labels["error"]));
    }

    [Fact]
    public void A_staple_has_its_beginning_and_its_end_and_a_note_its_name_while_they_are_known()
    {
        var chain = new ChainVerdict { NoteNames = [ChainNotes.StapleInvalid], Staple = new StaplePeriod(Samples.Now, Samples.Now.AddDays(7)) };
        var read = ReadExposition.OfProbe(Samples.State(Payments, Samples.Accepted(Payments) with { Chain = chain }));

        Assert.Equal(["staple_invalid"], read.Of("mtlsprobe_chain_note").Select(sample => sample.Labels["reason"]));
        Assert.Equal(Seconds(0), Assert.Single(read.Of("mtlsprobe_staple_this_update_timestamp_seconds")).Value);
        Assert.Equal(Seconds(7), Assert.Single(read.Of("mtlsprobe_staple_next_update_timestamp_seconds")).Value);

        read = ReadExposition.OfProbe(Samples.State(Payments, Samples.Accepted(Payments) with { Chain = chain with { NoteNames = [], Staple = new StaplePeriod(Samples.Now, null) } }));
        Assert.Empty(read.Of("mtlsprobe_chain_note"));
        Assert.Empty(read.Of("mtlsprobe_staple_next_update_timestamp_seconds"));
    }

    [Fact]
    public void The_position_issuers_is_the_earliest_of_all_certificates_but_the_leaf()
    {
        var leaf = Samples.Certificate("leaf", 1);
        var result = Samples.Accepted(Payments) with
        {
            ServerCertificates = [leaf, Samples.Certificate("a", 300), leaf, Samples.Certificate("b", 200), Samples.Certificate("c", 400)],
        };

        var read = ReadExposition.OfProbe(Samples.State(Payments, result));

        Assert.Equal(
            [("leaf", Seconds(1)), ("issuers", Seconds(200))],
            read.Of("mtlsprobe_server_certificate_not_after_timestamp_seconds").Select(sample => (sample.Labels["position"], sample.Value)));
    }

    [Fact]
    public void An_expired_certificate_does_not_hide_the_next_one_that_expires()
    {
        Certificate[] issuers = [Samples.Certificate("needed", 5), Samples.Certificate("left over", -1), Samples.Certificate("root", 400)];
        var result = Samples.Accepted(Payments) with { ServerCertificates = [Samples.Certificate("leaf", 30), .. issuers] };

        var read = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, result)) with
        {
            At = Samples.Now,
            Credentials = [new CredentialState("checkout", Slot.Current, [Samples.Certificate("checkout", 60), .. issuers], Usable: true)],
            Trusts = [new TrustState("internal", Usable: true) { Anchors = [.. issuers] }],
        });

        Assert.Equal([("leaf", Seconds(30)), ("issuers", Seconds(-1)), ("valid_issuers", Seconds(5))], Positions("mtlsprobe_server_certificate_not_after_timestamp_seconds"));
        Assert.Equal(["leaf", "issuers", "valid_issuers"], Positions("mtlsprobe_server_certificate_not_before_timestamp_seconds").Select(found => found.Position));
        Assert.Equal([("leaf", Seconds(60)), ("issuers", Seconds(-1)), ("valid_issuers", Seconds(5))], Positions("mtlsprobe_client_certificate_not_after_timestamp_seconds"));
        Assert.Equal([("anchors", Seconds(-1)), ("valid_anchors", Seconds(5))], Positions("mtlsprobe_trust_not_after_timestamp_seconds"));
        Assert.Contains(("valid_issuers", Seconds(5)), ReadExposition.OfProbe(Samples.State(Payments, result)).Of("mtlsprobe_server_certificate_not_after_timestamp_seconds")
            .Select(sample => (sample.Labels["position"], sample.Value)));

        IEnumerable<(string Position, double Value)> Positions(string name) => read.Of(name).Select(sample => (sample.Labels["position"], sample.Value));
    }

    [Fact]
    public void If_all_issuers_have_expired_none_of_them_is_valid()
    {
        var result = Samples.Accepted(Payments) with { ServerCertificates = [Samples.Certificate("leaf"), Samples.Certificate("a", -1), Samples.Certificate("b", -2)] };

        var read = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, result)) with { At = Samples.Now });

        Assert.Equal(["leaf", "issuers"], read.Of("mtlsprobe_server_certificate_not_after_timestamp_seconds").Select(sample => sample.Labels["position"]));
    }

    [Fact]
    public void A_leaf_that_is_presented_alone_or_twice_has_no_issuers()
    {
        var leaf = Samples.Certificate("leaf");
        var read = ReadExposition.OfProbe(Samples.State(Payments, Samples.Accepted(Payments) with { ServerCertificates = [leaf, leaf] }));

        Assert.Equal("leaf", Assert.Single(read.Of("mtlsprobe_server_certificate_not_after_timestamp_seconds")).Labels["position"]);
        Assert.Equal("leaf", Assert.Single(read.Of("mtlsprobe_server_certificate_info")).Labels["position"]);
    }

    [Fact]
    public void A_certificate_presented_many_times_has_one_series_and_a_flood_of_certificates_is_cut()
    {
        var flood = Enumerable.Range(0, 500).Select(i => Samples.Certificate($"c{i / 2}"));
        var read = ReadExposition.OfProbe(Samples.State(Payments, Samples.Accepted(Payments) with { ServerCertificates = [.. flood] }));

        Assert.Equal(CertificateSeries.MostShown / 2, read.Of("mtlsprobe_server_certificate_info").Count());
    }

    [Fact]
    public void Whether_our_issuer_is_acceptable_is_absent_if_the_server_named_none()
    {
        var silent = Samples.Accepted(Payments) with
        {
            ClientCertificate = new ClientCertificateFacts { Requested = true, Presented = Samples.Certificate("checkout") },
        };
        var unasked = Samples.Accepted(Payments) with { ClientCertificate = new ClientCertificateFacts { Requested = false } };

        Assert.Equal(1, Value(Samples.Accepted(Payments), "mtlsprobe_client_issuer_acceptable"));
        Assert.Equal(2, Value(Samples.Accepted(Payments), "mtlsprobe_acceptable_issuers"));
        Assert.Null(Value(silent, "mtlsprobe_client_issuer_acceptable"));
        Assert.Equal(0, Value(silent, "mtlsprobe_acceptable_issuers"));
        Assert.Null(Value(unasked, "mtlsprobe_acceptable_issuers"));
        Assert.Equal(0, Value(unasked, "mtlsprobe_client_certificate_requested"));
    }

    [Fact]
    public void A_fact_about_a_server_appears_once_for_all_credentials_with_its_latest_value()
    {
        var old = Samples.Accepted(Payments);
        var renewed = old with { At = old.At.AddSeconds(5), ServerCertificates = [Samples.Certificate("renewed", 90)] };
        var first = Samples.State(Payments, renewed);
        var second = Samples.State(Payments, old) with { Key = Samples.Key(Payments, "legacy") };
        foreach (var order in new[] { new[] { first, second }, [second, first] })
        {
            var snapshot = Samples.Snapshot(order);
            var read = ReadExposition.Of(snapshot with { Servers = [Assert.Single(snapshot.Servers) with { Leaves = Samples.Rotated() }] });

            Assert.Equal(2, read.Of("mtlsprobe_success").Count());
            Assert.Equal("CN=renewed", Assert.Single(read.Of("mtlsprobe_server_certificate_info")).Labels["subject"]);
            Assert.Equal(1, Assert.Single(read.Of("mtlsprobe_server_certificate_changes_total")).Value);
            Assert.Single(read.Of("mtlsprobe_server_certificate_last_change_timestamp_seconds"));
        }
    }

    [Fact]
    public void A_credential_that_must_be_refused_feeds_only_its_enforcement_and_the_counter_of_handshakes()
    {
        var orders = Samples.Target("orders");
        var read = ReadExposition.Of(Samples.Snapshot(
            Samples.State(Payments, Samples.Accepted(Payments)),
            Samples.State(Payments, Samples.TurnedAway(Payments, "legacy")),
            Samples.State(orders, Samples.Accepted(orders) with { Identity = "legacy" }))); // if it is allowed

        var ofLegacy = read.Samples.Where(sample => sample.Labels.GetValueOrDefault("identity") == "legacy" && sample.Labels.ContainsKey("target")).ToLookup(sample => sample.Labels["target"]);
        Assert.Equal(["mtlsprobe_handshakes_total", "mtlsprobe_rejection_enforced"], ofLegacy["payments"].Select(sample => sample.Name).Distinct().Order());
        Assert.Contains("mtlsprobe_success", ofLegacy["orders"].Select(sample => sample.Name));
        Assert.DoesNotContain("mtlsprobe_rejection_enforced", ofLegacy["orders"].Select(sample => sample.Name));
        Assert.Equal(2, read.Of("mtlsprobe_chain_valid").Count());
        Assert.Equal(
            [("accepted", 0d), ("rejected", 1d), ("unconfirmed", 0d), ("failed", 0d)],
            ofLegacy["payments"].Where(sample => sample.Name == "mtlsprobe_handshakes_total").Select(sample => (sample.Labels["outcome"], sample.Value)));
    }

    [Fact]
    public void Enforcement_is_one_if_refused_zero_if_accepted_and_absent_if_unknown()
    {
        Assert.Equal(1, Enforced(Samples.TurnedAway(Payments)));
        Assert.Equal(0, Enforced(Samples.LetIn(Payments)));
        foreach (var outcome in (Outcome[])[Outcome.Failed, Outcome.Unconfirmed])
        {
            var unknown = Samples.Refused(Payments) with { Identity = Identity.None, Expect = Expectation.Reject, Outcome = outcome };
            Assert.Null(Enforced(unknown));
            Assert.Null(Enforced(Samples.TurnedAway(Payments), unknown)); // its earlier behavior proves nothing now
        }

        static double? Enforced(params ProbeResult[] results)
        {
            var samples = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, results))).Of("mtlsprobe_rejection_enforced").ToList();
            return samples.Count == 0 ? null : Assert.Single(samples).Value;
        }
    }

    [Fact]
    public void An_accepted_handshake_breaks_at_the_first_end_and_a_failing_one_or_one_that_must_be_refused_has_no_such_time()
    {
        var lasting = Samples.Lasting(Payments);
        var sample = Assert.Single(ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, lasting))).Of("mtlsprobe_breaks_at_timestamp_seconds"));
        Assert.Equal("server_certificate", sample.Labels["cause"]);
        Assert.Equal(lasting.Outlook!.First.At.ToUnixTimeMilliseconds() / 1000.0, sample.Value);
        foreach (var other in (ProbeResult[])[lasting with { Outcome = Outcome.Rejected }, lasting with { Outcome = Outcome.Failed }, lasting with { Expect = Expectation.Reject }, Samples.Accepted(Payments)])
            Assert.Empty(ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, other))).Of("mtlsprobe_breaks_at_timestamp_seconds"));
    }

    [Fact]
    public void A_list_that_ends_first_does_not_hide_the_certificate_that_ends_after_it()
    {
        var lasting = Samples.Lasting(Payments);
        var leaf = lasting.Outlook!.First;
        var rests = lasting with { Outlook = new Outlook([new OutlookEnd(EndCause.Crl, leaf.At.AddDays(-20), null), new OutlookEnd(EndCause.Crl, leaf.At.AddDays(-19), null), .. lasting.Outlook.Ends]) };

        var samples = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, rests))).Of("mtlsprobe_breaks_at_timestamp_seconds");
        Assert.Equal(
            [("crl", leaf.At.AddDays(-20).ToUnixTimeSeconds()), ("server_certificate", leaf.At.ToUnixTimeSeconds())],
            samples.Select(sample => (sample.Labels["cause"], (long)sample.Value)));
    }

    [Fact]
    public void A_label_of_a_user_yields_to_a_later_one_of_ours_and_stays_on_all_other_series()
    {
        var target = Payments with { Labels = [new Label("cause", "a \"quoted\\ one\""), new Label("source", "dc1"), new Label("team", "money")] };
        var result = Samples.Lasting(target) with
        {
            Chain = new ChainVerdict { Revocation = [new CertificateRevocation { Depth = 0, Subject = "CN=a", Serial = "01", Source = EvidenceSource.Crl, Status = RevocationStatus.Good }] },
        };

        var read = ReadExposition.Of(Samples.Snapshot(Samples.State(target, result)));

        Assert.Equal(("a \"quoted\\ one\"", "dc1"), (Only("mtlsprobe_success")["cause"], Only("mtlsprobe_success")["source"]));
        Assert.Equal(("server_certificate", "dc1", "money"), (Only("mtlsprobe_breaks_at_timestamp_seconds")["cause"], Only("mtlsprobe_breaks_at_timestamp_seconds")["source"], Only("mtlsprobe_breaks_at_timestamp_seconds")["team"]));
        Assert.Equal(("a \"quoted\\ one\"", "crl", "money"), (Only("mtlsprobe_certificate_revoked")["cause"], Only("mtlsprobe_certificate_revoked")["source"], Only("mtlsprobe_certificate_revoked")["team"]));

        IReadOnlyDictionary<string, string> Only(string name) => Assert.Single(read.Of(name)).Labels;
    }

    [Fact]
    public void Both_credentials_of_an_identity_have_series_of_their_own()
    {
        var current = Samples.Accepted(Payments);
        var next = Samples.Rejected(Payments) with
        {
            Slot = Slot.Next,
            ClientCertificate = current.ClientCertificate! with { Presented = Samples.Certificate("renewed"), IssuerAcceptable = false },
        };

        var read = ReadExposition.OfProbe(Samples.State(Payments, current), Samples.State(Payments, next));

        Assert.Equal([("current", 1d), ("next", 0d)], read.Of("mtlsprobe_client_certificate_accepted").Select(sample => (sample.Labels["slot"], sample.Value)));
        Assert.Equal([("current", 1d), ("next", 0d)], read.Of("mtlsprobe_client_issuer_acceptable").Select(sample => (sample.Labels["slot"], sample.Value)));
        Assert.Equal(
            [("current", Samples.Certificate("checkout").Serial), ("next", Samples.Certificate("renewed").Serial)],
            read.Of("mtlsprobe_presented_serial_info").Where(sample => sample.Labels["side"] == "client").Select(sample => (sample.Labels["slot"], sample.Labels["serial"])));
        Assert.Equal(["current", "next"], read.Of("mtlsprobe_presented_serial_info").Where(sample => sample.Labels["side"] == "server").Select(sample => sample.Labels["slot"]));
    }

    [Fact]
    public void Whether_the_expected_certificate_is_served_is_absent_if_nothing_is_expected_or_it_is_unknown()
    {
        var served = Samples.Accepted(Payments);

        Assert.Null(Value(served, "mtlsprobe_server_certificate_expected"));
        Assert.Null(Value(served, "mtlsprobe_server_issuer_expected"));
        Assert.Equal(1, Value(served with { Expected = new ExpectedCertificateFacts(true, false) }, "mtlsprobe_server_certificate_expected"));
        Assert.Equal(0, Value(served with { Expected = new ExpectedCertificateFacts(true, false) }, "mtlsprobe_server_issuer_expected"));
    }

    [Fact]
    public void Leaves_are_counted_only_if_replicas_alternate()
    {
        var (a, b) = (Samples.Certificate("a"), Samples.Certificate("b"));

        Assert.Equal(1, Leaves(a));
        Assert.Equal(1, Leaves(a, a, b, b)); // a rotation
        Assert.Equal(2, Leaves(a, b, a));
        Assert.Equal(1, Leaves([a, b, a, .. Enumerable.Repeat(b, LeafHistory.Window + 1)]));

        static double Leaves(params Certificate[] seen)
        {
            var snapshot = Samples.Snapshot(Samples.State(Payments, Samples.Accepted(Payments)));
            var history = seen.Aggregate(LeafHistory.Empty, (leaves, leaf) => leaves.With(leaf, Samples.Now));
            var read = ReadExposition.Of(snapshot with { Servers = [snapshot.Servers[0] with { Leaves = history }] });
            return Assert.Single(read.Of("mtlsprobe_server_certificate_leaves")).Value;
        }
    }

    [Theory]
    [InlineData(nameof(ExpositionFormat.Text))]
    [InlineData(nameof(ExpositionFormat.OpenMetrics))]
    public void A_probe_of_many_addresses_and_credentials_has_no_series_twice(string format)
    {
        var jobs = Plan(3);
        var store = Recording.Alone(jobs, [.. jobs.Select(Result)]);

        var read = ReadExposition.OfProbe(store.All, store.Servers, Enum.Parse<ExpositionFormat>(format)); // throws on duplicates

        Assert.Equal(6, read.Of("mtlsprobe_success").Count()); // current and next
        Assert.Equal(6, read.Of("mtlsprobe_rejection_enforced").Count()); // none and legacy
        Assert.Equal(3, read.Of("mtlsprobe_chain_valid").Count());
        Assert.Equal(["10.0.0.1:8443", "10.0.0.2:8443", "10.0.0.3:8443"], read.Of("mtlsprobe_server_certificate_leaves").Select(sample => sample.Labels["address"]));
    }

    [Fact]
    public void A_removed_replica_loses_all_of_its_series()
    {
        var store = new ResultStore();
        store.Apply(Plan(2));
        foreach (var job in Plan(2)) store.Record(job, Result(job));
        Assert.Contains("10.0.0.2", Rendered(), StringComparison.Ordinal);

        store.Apply(Plan(1));

        Assert.Contains("mtlsprobe_rejection_enforced{target=\"payments\",address=\"10.0.0.1:8443\",identity=\"none\"} 1\n", Rendered(), StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.2", Rendered(), StringComparison.Ordinal);

        string Rendered() => ReadExposition.Of(Samples.Snapshot() with { Handshakes = store.All, Servers = store.Servers }).Text;
    }

    private static IReadOnlyList<ProbeJob> Plan(int replicas)
    {
        var target = Payments with { Addresses = AddressChoice.All, MustReject = [Identity.None, "legacy"] };
        var addresses = Enumerable.Range(1, replicas).Select(number => IPAddress.Parse($"10.0.0.{number}"));
        return [.. ProbePlan.For(target, nextIsStaged: _ => true, new Replicas([.. addresses]))];
    }

    private static ProbeResult Result(ProbeJob job)
    {
        var result = job.Key.Expect == Expectation.Reject ? Samples.TurnedAway(job.Target, job.Key.Identity) : Samples.Accepted(job.Target);
        return result with { Slot = job.Key.Slot };
    }

    [Fact]
    public void The_labels_of_a_target_are_on_each_of_its_series()
    {
        var read = ReadExposition.Of(Samples.Everything());

        var ofTarget = read.Samples.Where(sample => sample.Labels.GetValueOrDefault("target") == "payments").ToList();
        Assert.NotEmpty(ofTarget);
        Assert.All(ofTarget, sample => Assert.Equal(("money", "prod"), (sample.Labels["team"], sample.Labels["env"])));
        Assert.DoesNotContain(read.Samples, sample => sample.Labels.ContainsKey("team") && !sample.Labels.ContainsKey("target"));
    }

    [Fact]
    public void A_label_of_a_target_may_have_the_name_of_a_label_that_only_other_series_have()
    {
        var target = Samples.Target("payments", new Label("runtime", "java"));

        var read = ReadExposition.OfProbe(Samples.State(target, Samples.Accepted(target)));

        Assert.Equal("java", Assert.Single(read.Of("mtlsprobe_success")).Labels["runtime"]);
    }

    [Fact]
    public void Whatever_the_configuration_or_the_plan_no_series_and_no_label_is_duplicated()
    {
        var odd = Payments with { Labels = [new Label("outcome", "mine"), new Label("target", "other"), new Label("team", "a"), new Label("team", "b")] };
        var state = Samples.State(odd, Samples.Rejected(odd));
        var snapshot = Samples.Snapshot(state, state, state with { Key = state.Key with { Expect = Expectation.Reject } }) with
        {
            Targets = [odd, odd],
            Credentials = [.. Enumerable.Repeat(Samples.Everything().Credentials[0], 2)],
        };

        var read = ReadExposition.Of(snapshot); // throws on duplicates

        Assert.Equal(0, Assert.Single(read.Of("mtlsprobe_success")).Value);
        Assert.Equal(4, read.Of("mtlsprobe_handshakes_total").Count());
    }

    [Fact]
    public void A_broken_credential_keeps_the_facts_of_the_last_good_one_and_one_that_never_loaded_has_none()
    {
        var usable = Samples.Everything().Credentials[0];
        var read = ReadExposition.Of(Samples.Snapshot() with
        {
            Credentials = [usable with { Usable = false }, new CredentialState("fresh", Slot.Current, [], Usable: false)],
        });

        Assert.Equal([("checkout", 0d), ("fresh", 0d)], read.Of("mtlsprobe_identity_loaded").Select(sample => (sample.Labels["identity"], sample.Value)));
        Assert.Equal(["checkout", "checkout"], read.Of("mtlsprobe_client_certificate_not_after_timestamp_seconds").Select(sample => sample.Labels["identity"]));
    }

    [Fact]
    public void A_broken_trust_bundle_shows_and_keeps_the_expiry_of_the_last_good_one()
    {
        var read = ReadExposition.Of(Samples.Snapshot() with
        {
            Trusts = [new TrustState("internal", Usable: false) { Anchors = [Samples.Certificate("Root", 900)] }, new TrustState("fresh", Usable: false), new TrustState("system", Usable: true)],
        });

        Assert.Equal(
            [("internal", 0d), ("fresh", 0d), ("system", 1d)],
            read.Of("mtlsprobe_trust_loaded").Select(sample => (sample.Labels["trust"], sample.Value)));
        Assert.Equal(
            ("internal", "anchors", Samples.Now.AddDays(900).ToUnixTimeMilliseconds() / 1000.0),
            read.Of("mtlsprobe_trust_not_after_timestamp_seconds").Select(sample => (sample.Labels["trust"], sample.Labels["position"], sample.Value)).Single());
    }

    [Fact]
    public async Task A_histogram_cumulates_and_its_bounds_read_the_same_in_both_formats()
    {
        foreach (var format in Enum.GetValues<ExpositionFormat>())
        {
            var read = await ReadExposition.OfAsync(Samples.OwnMetrics().Registry, format);

            Assert.Equal(
                [
                    ("0.001", 1d), ("0.002", 1d), ("0.005", 1d), ("0.01", 1d), ("0.02", 1d), ("0.05", 1d), ("0.1", 2d), ("0.2", 2d), ("0.5", 3d),
                    ("1.0", 3d), ("2.0", 3d), ("5.0", 3d), ("10.0", 3d), ("+Inf", 4d),
                ],
                read.Of("mtlsprobe_handshake_duration_seconds_bucket").Select(sample => (sample.Labels["le"], sample.Value)));
            Assert.Equal(20.3505, read.Series["mtlsprobe_handshake_duration_seconds_sum{}"], 6);
            Assert.Equal(4, read.Series["mtlsprobe_handshake_duration_seconds_count{}"]);
        }
    }

    /// <summary>The bounds are a contract: a rule or a dashboard can use one.</summary>
    [Theory]
    [InlineData("mtlsprobe_schedule_lag_seconds", "0.001 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 10.0 +Inf")]
    [InlineData("mtlsprobe_event_delay_seconds", "0.01 0.025 0.05 0.1 0.25 0.5 1.0 2.5 5.0 +Inf")]
    [InlineData("mtlsprobe_http_request_duration_seconds", "0.005 0.025 0.1 0.25 0.5 1.0 2.5 5.0 10.0 30.0 +Inf")]
    public async Task The_bounds_of_a_histogram_do_not_change(string family, string bounds)
    {
        var read = await ReadExposition.OfAsync(Samples.OwnMetrics().Registry);

        Assert.Equal(bounds, string.Join(' ', read.Of(family + "_bucket").Select(sample => sample.Labels["le"])));
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(5.001, false)] // a slow answer: it may have been made at any time since the request
    public void A_clock_that_is_known_too_vaguely_has_no_series(double uncertainty, bool isThere)
    {
        var result = Samples.Accepted(Payments) with { ServerClock = new ServerClock(Samples.Now, Samples.Now, 31, uncertainty) };
        var read = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, result)));

        Assert.Equal(isThere, read.Of("mtlsprobe_server_clock_offset_seconds").Any());
    }

    [Fact]
    public void A_single_probe_has_no_counters_no_configuration_and_nothing_about_the_prober()
    {
        var rejected = Samples.Rejected(Payments) with { Expected = new ExpectedCertificateFacts(true, true), ServerClock = new ServerClock(Samples.Now, Samples.Now, 0.5, 1) };
        rejected = rejected with { Chain = rejected.Chain! with { Revocation = [Samples.Revocation(0, EvidenceSource.Crl, RevocationStatus.Good)] } };
        var read = ReadExposition.OfProbe(
            Samples.State(Payments, rejected), Samples.State(Payments, Samples.TurnedAway(Payments)), Samples.State(Payments, Samples.Lasting(Payments) with { Identity = "batch" }));

        Assert.DoesNotContain("counter", read.Types.Values);
        Assert.All(read.Samples, sample => Assert.Equal("payments", sample.Labels["target"]));
        Assert.DoesNotContain("mtlsprobe_target_info", read.Types.Keys);
        Assert.Equal(Exposition.FamiliesOfOneProbe.Select(family => family.Name), read.Types.Keys);
    }

    [Theory]
    [InlineData("Good Good Good", "leaf 0, issuers 0")]
    [InlineData("Revoked Unknown Good", "leaf 1")]
    [InlineData("Unknown Unknown Revoked", "issuers 1")]
    [InlineData("Unknown Good Unknown", "")]
    public async Task Without_evidence_about_revocation_there_is_no_series_and_no_good_state(string path, string expected)
    {
        var chain = new ChainVerdict { Revocation = [.. path.Split(' ').Select((status, depth) => Samples.Revocation(depth, EvidenceSource.Crl, Enum.Parse<RevocationStatus>(status)))] };
        var read = await ReadExposition.OfAsync(Samples.Snapshot(Samples.State(Payments, Samples.Accepted(Payments) with { Chain = chain })), Samples.OwnMetrics().Registry);

        Assert.Equal(expected, string.Join(", ", read.Of("mtlsprobe_certificate_revoked").Select(sample => $"{sample.Labels["position"]} {sample.Value}")));
    }

    [Theory]
    [InlineData("CN=Issuing", 0, null, 1)]
    [InlineData("CN=Issuing", 25, null, 0)] // has expired since the previous snapshot
    [InlineData("CN=Issuing", 0, "/etc/pki/ca.crl does not exist", 0)]
    [InlineData(null, 0, "/etc/pki/ca.crl does not exist", 0)]
    public async Task A_list_is_loaded_while_it_is_readable_and_valid(string? issuer, int hoursLater, string? problem, int loaded)
    {
        var list = Samples.List(issuer) with { Problem = problem };
        var snapshot = Samples.Snapshot() with { At = Samples.Now.AddHours(hoursLater), RevocationLists = [list] };
        var read = await ReadExposition.OfAsync(snapshot, Samples.OwnMetrics().Registry);

        Assert.Equal(("internal", issuer ?? "", loaded), (Assert.Single(read.Of("mtlsprobe_crl_loaded")) is { } sample ? (sample.Labels["trust"], sample.Labels["issuer"], (int)sample.Value) : default));
    }

    [Fact]
    public async Task The_dates_are_those_of_the_list_that_ends_first_without_deltas_and_replaced_or_unsigned_lists()
    {
        var (now, list) = (Samples.Now, Samples.List("CN=Issuing"));
        var snapshot = Samples.Snapshot() with
        {
            RevocationLists =
            [
                list with { ThisUpdate = now.AddDays(-300), NextUpdate = now.AddDays(65) }, // of authorities
                list with { ThisUpdate = now.AddHours(-2), NextUpdate = now.AddHours(22) }, // of all others
                list with { ThisUpdate = now.AddHours(-1), NextUpdate = now.AddHours(1), IsDelta = true },
                list with { ThisUpdate = now.AddDays(-9), NextUpdate = now.AddDays(-1), IsSuperseded = true },
                list with { Issuer = "CN=Whoever", ThisUpdate = now.AddDays(-9), NextUpdate = now.AddDays(-1), IsSigned = false, Problem = "x is not signed by its issuer" },
            ],
        };
        var read = await ReadExposition.OfAsync(snapshot, Samples.OwnMetrics().Registry);

        Assert.Equal(now.AddHours(-2).ToUnixTimeSeconds(), Assert.Single(read.Of("mtlsprobe_crl_this_update_timestamp_seconds")).Value);
        Assert.Equal(now.AddHours(22).ToUnixTimeSeconds(), Assert.Single(read.Of("mtlsprobe_crl_next_update_timestamp_seconds")).Value);
        Assert.Equal([("CN=Issuing", 1), ("", 0)], read.Of("mtlsprobe_crl_loaded").Select(sample => (sample.Labels["issuer"], sample.Value)));
    }

    [Fact]
    public async Task Both_formats_have_the_same_content()
    {
        var own = Samples.OwnMetrics().Registry;
        var text = await ReadExposition.OfAsync(Samples.Everything(), own);
        var openMetrics = await ReadExposition.OfAsync(Samples.Everything(), own, ExpositionFormat.OpenMetrics);

        Assert.Equal(text.Series.Keys, openMetrics.Series.Keys);
        Assert.Equal(text.Series.Where(IsCounted), openMetrics.Series.Where(IsCounted));

        static bool IsCounted(KeyValuePair<string, double> series) => series.Key.StartsWith("mtlsprobe_", StringComparison.Ordinal); // the others change by themselves
    }

    [Fact]
    public async Task Sent_family_by_family_the_text_is_the_same_and_the_process_metrics_precede_its_only_end()
    {
        const string end = "# EOF\n";
        var fleet = ReadExposition.Of(Samples.Everything(), ExpositionFormat.OpenMetrics).Text;
        var sent = (await ReadExposition.OfAsync(Samples.Everything(), Samples.OwnMetrics().Registry, ExpositionFormat.OpenMetrics)).Text;

        Assert.StartsWith(fleet[..^end.Length], sent, StringComparison.Ordinal);
        Assert.StartsWith("# HELP mtlsprobe_handshake_duration_seconds ", sent[(fleet.Length - end.Length)..], StringComparison.Ordinal);
        Assert.Equal(sent.Length - end.Length, sent.IndexOf(end, StringComparison.Ordinal));
    }

    private static double? Value(ProbeResult result, string name)
    {
        var samples = ReadExposition.Of(Samples.Snapshot(Samples.State(Payments, result))).Of(name).ToList();
        return samples.Count == 0 ? null : Assert.Single(samples).Value;
    }

    private static double Seconds(int days) => Samples.Now.AddDays(days).ToUnixTimeMilliseconds() / 1000.0;
}
