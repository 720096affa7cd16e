using System.Text.Json;
using System.Text.RegularExpressions;
using MtlsProbe.Tests.Rotation;

namespace MtlsProbe.Tests.Forecast;

/// <summary><c>mtlsprobe forecast</c> against servers on loopback: its output and its exit code.</summary>
public class ForecastCommandTests
{
    private static Func<TestTemplate, TestTemplate> Until(int days) => template => template with { NotAfter = TestPki.Now.AddDays(days).AddHours(1) };

    private static string Unfolded(Cli.Printed printed) => Regex.Replace(printed.Output, "\n +", " ");

    [Fact]
    public async Task Ends_are_listed_in_the_order_of_time_with_the_place_of_renewal_in_80_columns()
    {
        await using var rig = new PreflightRig();
        rig.Write("current", rig.OldRoot.Client("checkout", Until(25)));
        rig.Serve("orders", [rig.OldRoot.Leaf(PreflightRig.ServerName, Until(10))], rig.OldRoot);
        rig.Serve("ledger", [rig.OldRoot.Leaf(PreflightRig.ServerName, Until(200))], rig.OldRoot);
        var printed = await rig.RunAsync("forecast");

        Assert.Equal(1, printed.Code);
        var (server, client) = (printed.Output.IndexOf("server certificate", StringComparison.Ordinal), printed.Output.IndexOf("client certificate", StringComparison.Ordinal));
        Assert.True(0 < server && server < client, printed.Output);
        Assert.Contains(rig.Files.Path("current.crt"), Unfolded(printed), StringComparison.Ordinal);
        Assert.Contains("1 handshake, and 1 more that fails earlier for another cause", Unfolded(printed), StringComparison.Ordinal);
        Assert.Contains("2 of 2 handshakes fail by ", Unfolded(printed), StringComparison.Ordinal);
        Assert.All(printed.Output.Split('\n'), line => Assert.True(line.Length <= 80 || line.Contains('/', StringComparison.Ordinal), line));

        var json = JsonDocument.Parse((await rig.RunAsync("forecast", "--within", "400d", "--output", "json")).Output).RootElement;
        Assert.Equal(["server_certificate", "client_certificate", "server_certificate"], json.GetProperty("causes").EnumerateArray().Select(cause => cause.GetProperty("cause").GetString()));
        Assert.Equal(2, json.GetProperty("handshakes").GetProperty("breaking").GetInt32());
    }

    [Fact]
    public async Task The_exit_code_is_0_only_if_every_handshake_is_known_to_be_good_until_then()
    {
        await using var rig = new PreflightRig();
        rig.Write("current", rig.OldRoot.Client("checkout", Until(25)));
        rig.Serve("orders", [rig.OldRoot.Leaf(PreflightRig.ServerName, Until(90))], rig.OldRoot);
        Assert.Equal(0, (await rig.RunAsync("forecast", "--within", "20d")).Code);
        Assert.Equal(0, (await rig.RunAsync("forecast", "--at", TestPki.Now.AddDays(10).ToString("yyyy-MM-dd"))).Code);
        Assert.Equal(1, (await rig.RunAsync("forecast", "--at", TestPki.Now.AddDays(30).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"))).Code);

        rig.Target("gone", "127.0.0.1:1");
        var unknown = await rig.RunAsync("forecast", "--within", "20d");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("nothing is known about 1", Unfolded(unknown), StringComparison.Ordinal);
        Assert.Equal(0, (await rig.RunAsync("forecast", "--within", "20d", "--target", "orders")).Code);
    }

    [Fact]
    public async Task Without_a_root_it_names_the_servers_that_fail_on_either_side()
    {
        await using var rig = new PreflightRig();
        rig.Files.Write("root.crt", TestPki.Pem(rig.OldRoot, rig.NewRoot));
        var leaf = rig.OldRoot.Leaf(PreflightRig.ServerName);
        rig.Serve("ours", [leaf], rig.OldRoot, rig.NewRoot);
        rig.Serve("moved", [rig.NewRoot.Leaf(PreflightRig.ServerName)], rig.OldRoot);
        var printed = await rig.RunAsync("forecast", "--without", rig.Files.Write("old.crt", rig.OldRoot.CertificatePem));
        Assert.Equal(1, printed.Code);
        var json = JsonDocument.Parse((await rig.RunAsync("forecast", "--without", "CN=Old Root", "--output", "json")).Output).RootElement;
        Assert.All(json.GetProperty("results").EnumerateArray(), result => Assert.Equal("breaks", result.GetProperty("effect").GetString()));
        Assert.Equal(["breaks", "keeps"], json.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("ours").GetString()));

        var sought = await rig.RunAsync("forecast", "--without", leaf.Certificate.Sha256, "--target", "ours");
        Assert.Contains("searching the certificates that servers present", sought.Error, StringComparison.Ordinal);
        Assert.Contains("It is the server's own certificate.", Unfolded(sought), StringComparison.Ordinal);
        Assert.Empty(printed.Error);

        var other = await rig.RunAsync("forecast", "--without", rig.NewRoot.Certificate.Sha256, "--target", "ours");
        Assert.Equal((0, true), (other.Code, Unfolded(other).Contains("works without it", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("exclude each other", "forecast", "--config.file", "a.yml", "--within", "1d", "--at", "2027-01-01")]
    [InlineData("is not a date", "forecast", "--config.file", "a.yml", "--at", "tomorrow")]
    [InlineData("omit --within and --at", "forecast", "--config.file", "a.yml", "--within", "1d", "--without", "root.crt")]
    [InlineData("is not a label", "forecast", "--config.file", "a.yml", "--label", "team")]
    public async Task Wrong_words_are_reported_and_nothing_is_probed(string says, params string[] words)
    {
        var printed = await Cli.Terminal.RunAsync(words);
        Assert.Equal(2, printed.Code);
        Assert.Contains(says, printed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_a_label_or_a_certificate_that_is_not_known_is_wrong_usage()
    {
        await using var rig = new PreflightRig();
        rig.Serve("orders", [rig.OldRoot.Leaf(PreflightRig.ServerName)], rig.OldRoot);
        foreach (var words in (string[][])[["--target", "order"], ["--label", "team=nobody"], ["--without", "CN=Nobody"], ["--without", rig.Files.Path("root.crt") + ".gone"]])
        {
            var printed = await rig.RunAsync("forecast", words);
            Assert.Equal(2, printed.Code);
            Assert.Contains("hint: ", printed.Error, StringComparison.Ordinal);
        }
    }
}
