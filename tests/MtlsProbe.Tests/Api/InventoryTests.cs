using System.Text;
using MtlsProbe.Api;
using MtlsProbe.Model;
using MtlsProbe.Tests.Metrics;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Api;

public class InventoryTests
{
    private const string Header = "not_after,not_before,subject,issuer,serial,sha256,key,names,role,target,address,identity,slot,trust,inventory,path,use";

    [Fact]
    public void Every_certificate_is_listed_once_with_all_its_places()
    {
        var (one, two) = (Samples.Target("one"), Samples.Target("two"));
        var snapshot = Fleets.Snapshot(Samples.State(one, Samples.Accepted(one)), Samples.State(two, Samples.Accepted(two)));
        var page = Page(new FleetView(snapshot with { Trusts = [snapshot.Trusts[0] with { Anchors = [Samples.Certificate("Root", 900)] }] }));

        Assert.Equal(["CN=one.internal", "CN=two.internal"], page.Certificates.Take(2).Select(found => found.Subject).Order());
        Assert.Equal(["CN=checkout", "CN=Issuing", "CN=Root"], page.Certificates.Skip(2).Select(found => found.Subject));
        var issuing = page.Certificates[3];
        Assert.Equal([CertificateRole.ServerIssuer, CertificateRole.CredentialIssuer], issuing.Roles);
        Assert.Equal(3, issuing.PlacesTotal);
        Assert.Equal(
            [
                new Place(CertificateRole.ServerIssuer, "one", "one.internal:8443"), new(CertificateRole.ServerIssuer, "two", "two.internal:8443"),
                new(CertificateRole.CredentialIssuer, Identity: "checkout", Slot: Slot.Current),
            ],
            issuing.Places);
        Assert.Equal(new Place(CertificateRole.TrustAnchor, Trust: "internal"), Assert.Single(page.Certificates[4].Places));
    }

    [Fact]
    public void A_leaf_that_is_repeated_among_its_issuers_is_not_an_issuer()
    {
        var target = Samples.Target();
        var leaf = Samples.Certificate("leaf");
        var view = Fleets.View(Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [leaf, leaf] }));
        Assert.Equal([CertificateRole.ServerLeaf], Page(view).Certificates.Single(found => found.Subject == "CN=leaf").Roles);
    }

    [Fact]
    public void Thousands_of_places_and_names_are_counted_and_the_first_shown()
    {
        var crowded = Samples.Certificate("crowded") with { DnsNames = Enumerable.Range(0, 5000).Select(i => $"{i}.test").ToValueList() };
        var view = Fleets.View([.. Enumerable.Range(0, 300).Select(i => Samples.Target($"t{i}")).Select(target => Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [crowded] }))]);
        var found = Page(view, words: "crowded").Certificates.Single();
        Assert.Equal((300, 20, 5000, 20), (found.PlacesTotal, found.Places.Count, found.NamesTotal, found.Names.Count));
    }

    [Theory]
    [InlineData("not_after", "past soon late")]
    [InlineData("-not_after", "late soon past")]
    [InlineData("subject", "late past soon")]
    public void Certificates_are_sorted_from_either_end(string sort, string names)
    {
        var page = Page(Three(), sort, roles: CertificateRole.ServerLeaf);
        Assert.Equal(names, string.Join(' ', page.Certificates.Select(found => found.Subject[3..])));
    }

    [Fact]
    public void Certificates_are_searched_and_filtered_by_role()
    {
        Assert.Equal(["CN=soon"], Page(Three(), words: "SOON cn=").Certificates.Select(found => found.Subject));
        Assert.Equal(["CN=soon"], Page(Three(), words: Samples.Certificate("soon").Sha256).Certificates.Select(found => found.Subject));
        Assert.Equal(["CN=checkout"], Page(Three(), roles: CertificateRole.Credential).Certificates.Select(found => found.Subject));
    }

    [Fact]
    public void The_file_has_a_line_for_each_certificate_and_place()
    {
        var target = Samples.Target();
        var text = Csv(Fleets.View(Samples.State(target, Samples.Accepted(target))));
        var issuing = Samples.Certificate("Issuing", 400);

        Assert.StartsWith(Header + "\r\n", text, StringComparison.Ordinal);
        Assert.Contains(
            $"\"2027-12-25T18:00:00Z\",\"2026-11-10T18:00:00Z\",\"CN=Issuing\",\"CN=Root\",\"0x{issuing.Serial}\",\"{issuing.Sha256}\",\"EC P-256\",\"\",\"server_issuer\",\"payments\",\"payments.internal:8443\",,,,,,\r\n",
            text, StringComparison.Ordinal);
        Assert.Contains(",\"credential_issuer\",,,\"checkout\",\"current\",,,,\r\n", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n")[..^1], line => Assert.Equal(Header.Split(',').Length, Cells(line).Count));
    }

    [Theory]
    [InlineData("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1")]
    [InlineData("+1+1", "'+1+1")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("  =1", "  '=1")]
    [InlineData("CN=a", "CN=a")]
    [InlineData("a;=1", "a;'=1")] // where a semicolon ends a cell
    [InlineData("a\"b", "a\"b")]
    [InlineData("a\",=1", "a\",'=1")]
    [InlineData("a, b", "a, b")]
    public void No_spreadsheet_takes_a_subject_for_a_formula(string subject, string cell)
    {
        var target = Samples.Target();
        var view = Fleets.View(Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [Samples.Certificate("x") with { Subject = subject }] }));
        var lines = Csv(view).Split("\r\n");
        Assert.Contains(lines, line => line.Length > 0 && Cells(line)[2] == cell);
    }

    [Theory]
    [InlineData("0123", "0x0123")]
    [InlineData("12e4", "0x12e4")]
    [InlineData("-0a", "'-0x0a")]
    public void No_spreadsheet_takes_a_serial_for_a_number(string serial, string cell)
    {
        var target = Samples.Target();
        var view = Fleets.View(Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [Samples.Certificate("x") with { Serial = serial }] }));
        Assert.Contains(Csv(view).Split("\r\n"), line => line.Length > 0 && Cells(line)[4] == cell);
    }

    [Fact]
    public void An_issuer_at_many_places_is_made_line_by_line()
    {
        var issuer = Samples.Certificate("shared");
        var view = Fleets.View([.. Enumerable.Range(0, 5000).Select(i => Samples.Target($"t{i}")).Select(target => Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [Samples.Certificate(target.Name), issuer] }))]);
        var found = view.Inventory.All.Single(one => one.Certificate == issuer);
        Assert.Equal(5000, CertificateCsv.Lines(found).Count());
        Assert.All(CertificateCsv.Lines(found), line => Assert.InRange(line.Length, 1, 400));
    }

    [Fact]
    public void A_line_break_in_a_name_ends_no_line()
    {
        var target = Samples.Target();
        var view = Fleets.View(Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [Samples.Certificate("x") with { Subject = "CN=a\r\nb" }] }));
        Assert.Contains(@"""CN=a\u{d}\u{a}b""", Csv(view), StringComparison.Ordinal);
    }

    private static FleetView Three() => Fleets.View([.. new[] { ("late", 300), ("past", -1), ("soon", 3) }.Select(one =>
    {
        var target = Samples.Target(one.Item1);
        return Samples.State(target, Samples.Accepted(target) with { ServerCertificates = [Samples.Certificate(one.Item1, one.Item2)] });
    })]);

    private static CertificatePage Page(FleetView view, string sort = "not_after", string words = "", params CertificateRole[] roles) => CertificatePage.Of(
        view, "i", new CertificateQuery([.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)], System.Collections.Frozen.FrozenSet.ToFrozenSet(roles), [], sort.TrimStart('-'), sort[0] == '-'), new Paging(1, 100));

    private static string Csv(FleetView view)
    {
        var lines = new StringBuilder(CertificateCsv.Header);
        foreach (var line in view.Inventory.All.SelectMany(CertificateCsv.Lines)) lines.Append(line);
        return lines.ToString();
    }

    /// <summary>The cells of one line, read as RFC 4180 says.</summary>
    private static List<string> Cells(string line)
    {
        List<string> cells = [];
        for (var i = 0; i <= line.Length; i++)
        {
            var cell = new StringBuilder();
            if (i < line.Length && line[i] == '"')
            {
                for (i++; line[i] != '"' || (i + 1 < line.Length && line[i + 1] == '"' && i++ > 0); i++) cell.Append(line[i]);
                i++;
            }
            else
            {
                while (i < line.Length && line[i] != ',') cell.Append(line[i++]);
            }

            cells.Add(cell.ToString());
        }

        return cells;
    }
}
