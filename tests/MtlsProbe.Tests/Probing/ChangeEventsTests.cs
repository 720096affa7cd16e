using MtlsProbe.Feed;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Probing;

public class ChangeEventsTests
{
    private static readonly Target s_target = Samples.Target();

    [Fact]
    public void The_findings_of_the_first_round_are_no_changes()
    {
        Assert.Empty(Of(null, Samples.Rejected(s_target), ready: false));
        Assert.Empty(Of(null, Samples.Accepted(s_target), ready: true));
        Assert.Single(Of(null, Samples.Rejected(s_target), ready: true)); // a target that was added later, and does not work
    }

    [Fact]
    public void A_change_is_reported_with_its_reason_and_its_repetition_is_not()
    {
        var told = Assert.Single(Of(Samples.Accepted(s_target), Samples.Rejected(s_target)));
        Assert.Equal((EventTopic.State, EventTone.Bad, "payments", Condition.Refused), (told.Topic, told.Tone, told.Target, told.State));
        Assert.Equal($"fails now: {Reasons.CertificateExpired.Sentence}", told.Text);
        Assert.Equal(EventTone.Good, Assert.Single(Of(Samples.Rejected(s_target), Samples.Accepted(s_target))).Tone);
        Assert.Empty(Of(Samples.Rejected(s_target), Samples.Rejected(s_target)));
    }

    [Fact]
    public void Another_certificate_is_reported_with_both_serials()
    {
        var (old, next) = (Samples.Certificate("old", 5), Samples.Certificate("new", 90));
        var told = Assert.Single(Of(Samples.Accepted(s_target) with { ServerCertificates = [old] }, Samples.Accepted(s_target) with { ServerCertificates = [next] }));
        Assert.Equal((EventTopic.Certificate, next.Serial), (told.Topic, told.Serial));
        Assert.Contains($"serial {next.Serial}, until", told.Text, StringComparison.Ordinal);
        Assert.EndsWith($"before: serial {old.Serial}, until 2026-11-25 18:00:00Z", told.Text, StringComparison.Ordinal);
    }

    private static IReadOnlyList<FleetEvent> Of(ProbeResult? before, ProbeResult result, bool ready = true)
    {
        var key = Samples.Key(s_target);
        var server = new ServerState { Key = key.Server, Target = s_target };
        var state = new HandshakeState { Key = key, Target = s_target };
        if (before is not null)
        {
            var first = StateChange.Of(state, server, before);
            (state, server) = (first.After, first.ServerAfter!);
        }

        return [.. ChangeEvents.Of(StateChange.Of(state, server, result), ready)];
    }
}
