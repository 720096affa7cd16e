using System.Globalization;
using MtlsProbe.Clusters;

namespace MtlsProbe.Tests.Clusters;

/// <summary>Limits on the objects that are kept of a cluster.</summary>
public sealed class ObjectSetTests
{
    [Fact]
    public void Objects_are_limited_in_number_and_can_still_be_replaced()
    {
        var set = new ObjectSet<string>(_ => 0);
        for (var i = 0; i < ObjectSet<string>.MostObjects; i++) Assert.True(set.TryPut(Name(i), ""));

        Assert.False(set.TryPut(Name(-1), ""));
        Assert.True(set.TryPut(Name(0), "replaced"));
        Assert.True(set.Remove(Name(1)));
        Assert.False(set.Remove(Name(1)));
        Assert.True(set.TryPut(Name(-1), ""));
    }

    [Fact]
    public void Objects_are_limited_in_size_together()
    {
        const int Half = ObjectSet<string>.MaxSize / 2;
        var set = new ObjectSet<string>(text => int.Parse(text, CultureInfo.InvariantCulture));

        Assert.True(set.TryPut(Name(2), $"{Half}"));
        Assert.True(set.TryPut(Name(1), $"{Half}"));
        Assert.False(set.TryPut(Name(3), "1"));
        Assert.False(set.TryPut(Name(1), $"{Half + 1}"));
        Assert.Equal([Name(1), Name(2)], set.All.Select(one => one.Name));
        Assert.True(set.TryPut(Name(1), $"{Half - 1}"));
        Assert.True(set.TryPut(Name(3), "1"));
        Assert.True(set.Remove(Name(2)));
        Assert.True(set.TryPut(Name(4), $"{Half}"));
    }

    private static ObjectName Name(int i) => new("shop", $"{i}");
}
