using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;

namespace MtlsProbe.Tests.Api;

public class FleetViewTests
{
    /// <summary>In the order of the plan, as they always are, and in any other.</summary>
    [Theory]
    [InlineData(new[] { 0, 1, 2, 3 })]
    [InlineData(new[] { 3, 2, 1, 0 })]
    [InlineData(new[] { 1, 3 })]
    public void Every_handshake_names_its_server(int[] order)
    {
        var targets = Enumerable.Range(0, 4).Select(i => Samples.Target($"t{i}")).ToList();
        HandshakeState[] states =
        [
            .. targets.SelectMany(target => new[]
            {
                Samples.State(target, Samples.Accepted(target)), Samples.State(target, Samples.Rejected(target) with { Slot = Slot.Next }), Samples.State(target, Samples.LetIn(target)),
            }),
        ];
        var servers = Samples.Servers(states);

        var view = new FleetView(Fleets.Snapshot(states) with { Servers = [.. order.Select(i => servers[i])] });

        Assert.All(view.Handshakes, entry => Assert.Equal(order.Contains(entry.Order / 3) ? entry.Key.Server : null, entry.Server?.Key));
    }

    /// <summary>Whether they stand together or not.</summary>
    [Theory]
    [InlineData("a", "a", "b")]
    [InlineData("a", "b", "a", "c", "b", "a")]
    public void A_target_has_all_its_handshakes_in_order(params string[] names)
    {
        var view = Fleets.View([.. names.Select(name => Samples.State(Samples.Target(name)))]);

        Assert.All(names, name => Assert.Equal(view.Handshakes.Where(entry => entry.Key.Target == name), view.ByTarget[name]));
        Assert.Empty(view.ByTarget["nobody"]);
        Assert.Equal(names[^1], view.Target(names[^1])!.Name);
        Assert.Null(view.Target("nobody"));
    }
}
