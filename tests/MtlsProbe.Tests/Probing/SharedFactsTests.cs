using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Probing;

public class SharedFactsTests
{
    private readonly SharedFacts _shared = new();

    [Fact]
    public void Equal_facts_of_two_servers_are_kept_once()
    {
        var (one, other) = (Of("a"), Of("b"));

        Assert.NotSame(Result("a").Chain, Result("b").Chain);
        Assert.Same(one.Remote, other.Remote);
        Assert.Same(one.Tls, other.Tls);
        Assert.Same(one.ClientCertificate, other.ClientCertificate);
        Assert.Same(one.Chain, other.Chain);
        Assert.Same(one.Expected, other.Expected);
        Assert.True(one.ServerCertificates.IsSame(other.ServerCertificates));
    }

    [Fact]
    public void Different_facts_stay_different()
    {
        var one = Of("a");
        var other = _shared.Of(Result("b") with { Tls = new TlsFacts("1.2", "x", null), Expected = new ExpectedCertificateFacts(true, null) }, null);

        Assert.Equal(("1.2", true), (other.Tls!.Version, other.Expected.ServerCertificate));
        Assert.Equal((one.Chain, null), (other.Chain, one.Expected.ServerCertificate));
    }

    [Fact]
    public void A_result_whose_facts_are_those_of_the_last_one_is_not_copied()
    {
        var last = Of("a");
        var next = last with { At = last.At.AddSeconds(1) };

        Assert.Same(next, _shared.Of(next, last));
    }

    [Fact]
    public void The_text_of_a_target_that_is_an_address_is_its_remote_end()
    {
        var result = _shared.Of(Result("a") with { Address = "10.0.0.1:443", Remote = new string("10.0.0.1:443") }, null);

        Assert.Same(result.Address, result.Remote);
    }

    [Fact]
    public void The_accepted_identities_of_two_servers_are_one_list()
    {
        var target = Samples.Target();
        var (one, other) = (State("a"), State("b"));

        Assert.True(one.Accepted.IsSame(other.Accepted));

        ServerState State(string address) => _shared.Of(new ServerState { Key = new ServerKey(target.Name, address), Target = target, Accepted = ["checkout"] }, null);
    }

    private ProbeResult Of(string target) => _shared.Of(Result(target), null);

    /// <summary>Everything is new, as from a handshake, but the certificates.</summary>
    private static ProbeResult Result(string name)
    {
        var result = Samples.Accepted(Samples.Target());
        return result with
        {
            Target = name,
            Remote = new string(result.Remote),
            Tls = result.Tls! with { },
            ClientCertificate = result.ClientCertificate! with { },
            ServerCertificates = [.. result.ServerCertificates],
            Chain = result.Chain! with { Path = [.. result.Chain.Path] },
            Expected = result.Expected with { },
        };
    }
}
