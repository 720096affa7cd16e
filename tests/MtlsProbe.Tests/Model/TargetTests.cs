using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

public class TargetTests
{
    private static readonly Target s_target = new() { Name = "a", Address = new HostPort("a.test", 443), ServerName = "a.test", Protocol = new Https() };

    [Fact]
    public void A_copy_shares_the_settings_and_a_changed_setting_is_its_own()
    {
        var (copy, slower) = (s_target with { Name = "b" }, s_target with { Interval = TimeSpan.FromMinutes(1) });

        Assert.Same(s_target.Settings, copy.Settings);
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30)), (slower.Interval, s_target.Interval));
        Assert.NotEqual(s_target, slower);
        Assert.Equal(s_target, slower with { Interval = TimeSpan.FromSeconds(30) });
    }

    [Fact]
    public void A_setting_that_does_not_change_costs_nothing() => Assert.Same(s_target.Settings, (s_target with { Protocol = new Https(), Control = true, MustReject = [] }).Settings);

    [Fact]
    public void The_text_of_an_address_is_made_once_and_is_that_of_its_own_port()
    {
        var address = new HostPort("::1", 443);

        Assert.Equal("[::1]:443", address.ToString());
        Assert.Same(address.ToString(), address.ToString());
        Assert.Equal("[::1]:8443", (address with { Port = 8443 }).ToString());
        Assert.Equal(new HostPort("::1", 443), address);
        Assert.NotEqual(new HostPort("::1", 444), address);
    }

    [Fact]
    public void A_phase_that_took_no_time_is_not_one_that_was_not_reached()
    {
        var timings = new Timings { Dns = 0, Total = 1 };

        Assert.Equal((0, null), (timings.Dns, timings.Connect));
        Assert.Equal(new Timings { Dns = 0, Total = 1 }, timings);
        Assert.NotEqual(new Timings { Total = 1 }, timings);
        Assert.Null((timings with { Dns = null }).Dns);
    }
}
