using System.IO.Compression;
using System.Text.RegularExpressions;

namespace MtlsProbe.Tests.Web;

public sealed partial class PageEndpointTests
{
    private const string OneTarget = "targets: [ { name: payments, address: \"payments.internal:8443\" } ]";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string s_files = Path.Combine(Repository.Root, "src", "MtlsProbe", "Web", "Page");

    [Fact]
    public async Task Every_file_of_the_page_is_served_as_it_is_with_its_type_and_a_policy_that_lets_nothing_else_run()
    {
        await using var served = await ServedFleet.StartAsync(OneTarget);
        foreach (var file in Directory.EnumerateFiles(s_files, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(s_files, file);

            var answer = await served.GetAsync(name == "index.html" ? "/" : $"/page/{name}");

            Assert.Equal((200, TypeOf(name)), (answer.Status, answer.Headers["Content-Type"]));
            Assert.Equal(await File.ReadAllBytesAsync(file), answer.Body);
            Assert.Equal(Policy, answer.Headers["Content-Security-Policy"]);
            Assert.Equal(("nosniff", "no-referrer", "same-origin"),
                (answer.Headers["X-Content-Type-Options"], answer.Headers["Referrer-Policy"], answer.Headers["Cross-Origin-Resource-Policy"]));
        }
    }

    [Fact]
    public void The_page_refers_to_nothing_elsewhere_and_has_no_script_or_style_that_the_policy_would_refuse()
    {
        foreach (var file in Directory.EnumerateFiles(s_files, "*.html", SearchOption.AllDirectories))
        {
            var page = File.ReadAllText(file);
            Assert.DoesNotMatch(InlineCode(), page);
            Assert.DoesNotMatch(NotRelative(), page);
        }
    }

    [Theory]
    [InlineData("/page/index.html")]
    [InlineData("/page/")]
    [InlineData("/page/nothing.js")]
    [InlineData("/page/../openapi.yaml")]
    [InlineData("/page/%2e%2e/openapi.yaml")]
    [InlineData("/page/..%2fopenapi.yaml")]
    public async Task A_path_that_is_no_file_of_the_page_is_not_found(string path)
    {
        await using var served = await ServedFleet.StartAsync(OneTarget);

        Assert.Equal(404, (await served.GetAsync(path)).Status);
    }

    [Fact]
    public async Task A_browser_that_has_the_page_gets_not_modified_and_one_that_accepts_compression_gets_it()
    {
        await using var served = await ServedFleet.StartAsync(OneTarget);
        var plain = await served.GetAsync("/");

        var known = await served.GetAsync("/", ("If-None-Match", plain.Headers["ETag"]));
        var other = await served.GetAsync("/", ("If-None-Match", "\"other\""));
        var compressed = await served.GetAsync("/", ("Accept-Encoding", "gzip"));

        Assert.Equal((304, 0, 200), (known.Status, known.Body.Length, other.Status));
        Assert.Equal("no-cache", plain.Headers["Cache-Control"]);
        Assert.Equal("gzip", compressed.Headers["Content-Encoding"]);
        using var text = new StreamReader(new GZipStream(new MemoryStream(compressed.Body), CompressionMode.Decompress));
        Assert.Equal(plain.Text, await text.ReadToEndAsync());
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new NotSupportedException($"{other} has an unknown type"),
    };

    [GeneratedRegex(@"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex InlineCode();

    /// <summary>A path from the root would leave the prefix of a proxy.</summary>
    [GeneratedRegex(@"\b(src|href|action)=""?(/|https?:)", RegexOptions.IgnoreCase)]
    private static partial Regex NotRelative();
}
