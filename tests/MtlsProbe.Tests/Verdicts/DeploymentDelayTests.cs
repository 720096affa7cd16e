using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Verdicts;

/// <summary>From the file of an expected certificate to the wire.</summary>
public class DeploymentDelayTests
{
    private static readonly Target s_target = Samples.Target();
    private static readonly Certificate s_old = Samples.Certificate("old");
    private static readonly Certificate s_new = Samples.Certificate("new");

    [Fact]
    public void It_is_the_time_from_the_change_of_the_file_to_the_change_on_the_wire() => Assert.Equal(
        [null, null, 50, 50],
        Delays((0, s_old, true, null), (30, s_old, false, 10), (60, s_new, true, 10), (90, s_new, true, 10)));

    [Fact]
    public void A_server_that_reads_the_file_before_us_has_none() =>
        Assert.Equal([null, null, 0], Delays((0, s_old, true, null), (30, s_new, false, null), (60, s_new, true, 34)));

    [Fact]
    public void It_stays_until_the_next_renewal_has_arrived() =>
        Assert.Equal([null, 20, 20], Delays((0, s_old, true, null), (30, s_new, true, 10), (60, s_new, false, 50)));

    [Fact]
    public void A_file_that_follows_the_server_gives_none() =>
        Assert.Equal([null, null, null], Delays((0, s_old, true, null), (30, s_new, false, null), (90, s_new, true, 80)));

    [Fact]
    public void A_file_from_before_the_start_gives_none() =>
        Assert.Equal([null, null], Delays((0, s_old, false, null), (30, s_new, true, null)));

    /// <summary>The known delay after each probe, in seconds.</summary>
    private static IEnumerable<int?> Delays(params (int At, Certificate Leaf, bool Expected, int? Changed)[] probes)
    {
        var server = new ServerState { Key = new(s_target.Name, s_target.Address.ToString()), Target = s_target };
        foreach (var (at, leaf, expected, changed) in probes)
        {
            var result = Samples.Accepted(s_target) with
            {
                At = Samples.Now.AddSeconds(at),
                ServerCertificates = [leaf],
                Expected = new ExpectedCertificateFacts(expected, null) { Changed = changed is { } seconds ? Samples.Now.AddSeconds(seconds) : null },
            };
            server = StateChange.Of(Samples.State(s_target), server, result).ServerAfter!;
            yield return (int?)server.DeploymentDelay?.TotalSeconds;
        }
    }
}
