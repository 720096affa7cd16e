using System.Globalization;
using System.Text;
using MtlsProbe.Metrics;

namespace MtlsProbe.Tests.Metrics;

/// <summary>Numbers are written fast if possible, and always in the same form as by .NET: the shortest text that reads back as the same number.</summary>
public sealed class NumberTests
{
    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.0, "1")]
    [InlineData(-17.0, "-17")]
    [InlineData(0.0175, "0.0175")]
    [InlineData(0.1234567, "0.1234567")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00009, "9E-05")]
    [InlineData(-0.25, "-0.25")]
    [InlineData(999999999999999, "999999999999999")]
    [InlineData(1e300, "1E+300")]
    [InlineData(1.0 / 3, "0.3333333333333333")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Numbers_in_the_format_of_an_exposition(double value, string text) => Assert.Equal(text, Written(buffer => buffer.AppendNumber(value)));

    [Fact]
    public void Any_number_is_written_as_the_runtime_writes_it()
    {
        var numbers = new Random(7);
        for (var i = 0; i < 100_000; i++)
        {
            var value = (i % 5) switch
            {
                0 => numbers.NextInt64(0, 1L << 40) / 1e7,
                1 => TimeSpan.FromTicks(numbers.NextInt64(0, 1L << (i % 50))).TotalSeconds,
                2 => Math.Round(numbers.NextDouble(), i % 12),
                3 => BitConverter.Int64BitsToDouble(numbers.NextInt64()),
                _ => numbers.NextInt64(-1L << 53, 1L << 53),
            };
            if (double.IsFinite(value)) Assert.Equal(value.ToString(CultureInfo.InvariantCulture), Written(buffer => buffer.AppendNumber(value)));
        }
    }

    [Fact]
    public void Any_time_is_written_as_its_seconds()
    {
        var numbers = new Random(7);
        foreach (var time in (long[])[0, 1, -1, 999, 1000, -62_135_596_800_000, 253_402_300_799_999, .. Enumerable.Range(0, 50_000).Select(_ => numbers.NextInt64(-1L << 40, 1L << 46))])
            Assert.Equal((time / 1000.0).ToString(CultureInfo.InvariantCulture), Written(buffer => buffer.AppendSeconds(time)));
    }

    private static string Written(Action<Utf8Buffer> append)
    {
        using var buffer = new Utf8Buffer(16);
        append(buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
