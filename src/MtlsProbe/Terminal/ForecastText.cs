using MtlsProbe.Forecast;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Terminal;

/// <summary>A forecast for people: a paragraph for each cause in the order of time, and the total at the end. 80 columns are enough.</summary>
internal sealed class ForecastText(TextWriter output, bool color)
{
    private const int Width = 80;

    private const int MostPlaces = 12;

    private const string Indent = "          ";

    private readonly Pen _pen = new(output, color);

    public void Write(ForecastReport report)
    {
        foreach (var cause in report.Causes)
        {
            Cause(cause, report.Now);
            _pen.Line();
        }

        _pen.Prose($"{(report.Clear ? _pen.Tick : _pen.Cross)} ", "  ", _pen.Safe(report.Summary, 1000), Width);
    }

    public void Write(RemovalReport report)
    {
        _pen.Line($"without   {_pen.Strong(_pen.Safe(report.Without.Subject, 60))}");
        _pen.Line($"{Indent}serial {_pen.Safe(report.Without.Serial, 60)}, until {Times.Minute(report.Without.NotAfter)}");
        foreach (var group in report.Results.Where(result => result.Effect != RemovalEffect.Keeps).GroupBy(result => (result.Effect, result.Why)).OrderBy(group => Order(group.Key.Effect)))
        {
            _pen.Line();
            _pen.Prose($"{Word(group.Key.Effect),-10}", Indent, _pen.Safe(group.Key.Why, 600), Width);
            Places([.. group.Select(result => (result.Target, result.Address, result.Identity, result.Slot))]);
        }

        _pen.Line();
        _pen.Prose($"{(report.Clear ? _pen.Tick : _pen.Cross)} ", "  ", _pen.Safe(report.Summary, 1000), Width);
    }

    private void Cause(ForecastCause cause, DateTimeOffset now)
    {
        var left = cause.At > now ? $"in {Counts.Of(cause.At - now, 2)}" : "now";
        var what = cause.Cause.Label().Replace('_', ' ');
        _pen.Line($"{_pen.Strong(Times.Second(cause.At))}  {left}  {(cause.Fails > 0 ? _pen.Bad(what) : _pen.Faint(what))}");
        if (cause.Certificate is { } certificate)
            _pen.Prose("  ends    ", Indent, _pen.Safe($"{certificate.Subject} (serial {certificate.Serial}), issued by {certificate.Issuer}", 400), Width);
        var later = cause.Total - cause.Fails;
        _pen.Prose("  breaks  ", Indent, cause.Fails > 0
            ? $"{Counts.Of(cause.Fails, "handshake")}{(later > 0 ? FormattableString.Invariant($", and {later:N0} more that {(later == 1 ? "fails" : "fail")} earlier for another cause") : "")}"
            : $"nothing by itself: {Counts.Of(later, "handshake")} that depend{(later == 1 ? "s" : "")} on it fail{(later == 1 ? "s" : "")} earlier for another cause", Width);
        Places([.. cause.Handshakes.Select(place => (place.Target, place.Address, place.Identity, place.Slot))]);
        _pen.Prose("  do      ", Indent, _pen.Safe(cause.Remedy, 1000), Width);
        if (cause.Sources.Count > 0) _pen.Prose("  source  ", Indent, _pen.Safe(string.Join(", ", cause.Sources), 2000), Width);
    }

    /// <summary>Each target once, with what distinguishes its handshakes if there are several.</summary>
    private void Places(List<(string Target, string Address, string Identity, Slot Slot)> places)
    {
        var shown = places.Take(MostPlaces).Select(place => $"{place.Target} {place.Address}" + (place.Slot == Slot.Next ? $" ({place.Identity}, next)" : "")).ToList();
        if (places.Count > MostPlaces) shown.Add(Pen.AndMore(places.Count - MostPlaces));
        _pen.Prose("  at      ", Indent, _pen.Safe(string.Join(", ", shown), 4000), Width);
    }

    private static int Order(RemovalEffect effect) => effect switch { RemovalEffect.Breaks => 0, RemovalEffect.Unknown => 1, _ => 2 };

    private static string Word(RemovalEffect effect) => effect switch
    {
        RemovalEffect.Breaks => "  fails",
        RemovalEffect.Unknown => "  unknown",
        _ => "  failing",
    };
}
