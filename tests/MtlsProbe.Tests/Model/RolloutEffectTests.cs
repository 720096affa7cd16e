using MtlsProbe.Model;
using MtlsProbe.Tests.Probing;

namespace MtlsProbe.Tests.Model;

/// <summary>From the results of two credentials at a server to the effect of a rollout there.</summary>
public sealed class RolloutEffectTests
{
    private static readonly ProbeResult Good = Jobs.Accepted(Jobs.Job("a"), TestPki.Now);
    private static readonly ProbeResult Refused = Jobs.Refused(Jobs.Job("a"), TestPki.Now);
    private static readonly ProbeResult Unreached = Jobs.Unreached(Jobs.Job("a"), TestPki.Now);
    private static readonly ProbeResult Unconfirmed = Good with
    {
        Outcome = Outcome.Unconfirmed, Success = false, Failure = new(Phase.Confirm, Reasons.NoConfirmation, null, ""),
    };

    [Fact]
    public void Only_an_accepted_credential_is_accepted()
    {
        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(Good, Good));
        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(Refused, Good));
        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(Unreached, Good));
        Assert.Equal(RolloutEffect.Breaks, RolloutEffects.Of(Good, Refused));
        Assert.Equal(RolloutEffect.Breaks, RolloutEffects.Of(Unreached, Refused));
        Assert.Equal(RolloutEffect.RefusesBoth, RolloutEffects.Of(Refused, Refused));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Good, Unreached));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Good, Unconfirmed));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Unreached, null));
    }

    [Fact]
    public void A_status_that_only_the_new_one_gets_breaks_and_one_that_both_get_does_not()
    {
        var other = Good with { Success = false, Failure = new(Phase.Application, Reasons.UnexpectedStatus, null, "") };
        var silent = Unconfirmed with { Failure = new(Phase.Application, Reasons.ApplicationTimeout, null, "") };

        Assert.Equal(RolloutEffect.Breaks, RolloutEffects.Of(Good, other));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Good, silent));
        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(other, other));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(silent, silent));
    }

    [Fact]
    public void A_server_that_does_not_present_the_expected_certificate_accepts_nevertheless()
    {
        var stale = Good with { Success = false, Failure = new(Phase.Handshake, Reasons.NotExpected, null, "") };

        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(stale, stale));
    }

    [Fact]
    public void Other_faults_of_the_current_one_hide_no_status_that_only_the_new_one_gets()
    {
        var stale = Good with { Success = false, Failure = new(Phase.Handshake, Reasons.NotExpected, null, "") };
        var noPin = Good with { Success = false, Failure = new(Phase.Identity, Reasons.BadFormat, null, "") };

        Assert.Equal(RolloutEffect.Breaks, RolloutEffects.Of(stale, Status(500)));
        Assert.Equal(RolloutEffect.Breaks, RolloutEffects.Of(noPin, Status(500)));
        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(Status(500), stale));
    }

    [Fact]
    public void A_status_proves_nothing_without_one_of_the_current_credential_for_comparison()
    {
        var silent = Unconfirmed with { Failure = new(Phase.Application, Reasons.ApplicationTimeout, null, "") };

        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Unreached, Status(500)));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Refused, Status(500)));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Unconfirmed, Status(500)));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(silent, Status(500)));
        Assert.Equal(RolloutEffect.Unknown, RolloutEffects.Of(Status(503), Status(500)));
        Assert.Equal(RolloutEffect.Accepts, RolloutEffects.Of(Status(500), Status(500)));
    }

    private static ProbeResult Status(int status) => Good with
    {
        Success = false, Failure = new(Phase.Application, Reasons.UnexpectedStatus, null, $"the server answered with HTTP status {status}"),
    };
}
