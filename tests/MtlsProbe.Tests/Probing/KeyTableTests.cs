using MtlsProbe.Probing;

namespace MtlsProbe.Tests.Probing;

public class KeyTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_finds_what_a_dictionary_finds_whatever_is_put_and_removed(int seed)
    {
        var random = new Random(seed);
        var (table, expected) = (new KeyTable<Key, Item>(item => item.Key), new Dictionary<Key, Item>());
        for (var i = 0; i < 20_000; i++)
        {
            // It grows to a thousand items, then shrinks, and grows again.
            var key = new Key(random.Next(1500));
            if (random.Next(100) < (i / 5000 % 2 == 0 ? 70 : 30))
            {
                var item = new Item(key, i);
                table.Put(item);
                expected[key] = item;
            }
            else
            {
                expected.Remove(key, out var gone);
                Assert.Same(gone, table.Remove(key));
            }

            Assert.Equal(expected.Count, table.Count);
            if (i % 500 == 0) AssertSame(expected, table);
        }

        AssertSame(expected, table);
    }

    [Fact]
    public void An_item_replaces_the_one_with_its_key_at_the_same_place()
    {
        var table = new KeyTable<Key, Item>(item => item.Key);
        for (var i = 0; i < 10; i++) table.Put(new Item(new Key(i), i));
        var place = table.IndexOf(new Key(3));
        var next = new Item(new Key(3), 99);
        table.Put(next);

        Assert.Equal((10, place), (table.Count, table.IndexOf(new Key(3))));
        Assert.Same(next, table[place]);
        Assert.Throws<KeyNotFoundException>(() => table[new Key(10)]);
    }

    [Fact]
    public void A_table_over_an_array_finds_its_items_without_a_copy()
    {
        Item[] items = [.. Enumerable.Range(0, 100).Select(i => new Item(new Key(i), i))];
        var table = new KeyTable<Key, Item>(item => item.Key, items);

        Assert.All(items.Index(), item => Assert.Equal(item.Index, table.IndexOf(item.Item.Key)));
        Assert.Null(table.Find(new Key(100)));
    }

    private static void AssertSame(Dictionary<Key, Item> expected, KeyTable<Key, Item> table)
    {
        for (var i = 0; i < 1500; i++) Assert.Same(expected.GetValueOrDefault(new Key(i)), table.Find(new Key(i)));
    }

    /// <summary>Many keys have the same hash, so that the items are not where they belong.</summary>
    private readonly record struct Key(int Number)
    {
        public override int GetHashCode() => Number / 8;
    }

    private sealed record Item(Key Key, int Value);
}
