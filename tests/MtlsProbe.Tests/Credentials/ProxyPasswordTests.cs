using System.Text;
using Microsoft.Extensions.Logging;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>The passwords of proxies, and the files that contain them.</summary>
public sealed class ProxyPasswordTests : FollowedFiles
{
    [Fact]
    public async Task A_password_is_read_again_when_its_file_is_replaced_and_is_in_no_log()
    {
        var file = await FollowPassword("hunter2\r\n");
        Assert.Equal(("hunter2", null), Now(file));
        Assert.Empty(Log.Take());

        Files.Write("proxy.pass", "correct horse");
        await Pass(10);

        Assert.Equal(("correct horse", null), Now(file));
        Assert.Empty(TakeChanges()); // the next probe uses it: no extra probe is made
        var (level, line) = Assert.Single(Log.Take());
        Assert.Equal((LogLevel.Information, $"Password file {file} has changed; the new content is in use now"), (level, line));
    }

    [Fact]
    public async Task A_broken_file_leaves_the_last_password_in_use()
    {
        var file = await FollowPassword("hunter2");

        Files.Write("proxy.pass", "two\nlines\n");
        await Pass(10);
        Assert.Equal(("hunter2", $"{file} contains more than one line, or a control character"), Now(file));

        File.Delete(file);
        await Pass(10);
        Assert.Equal(("hunter2", $"{file} does not exist"), Now(file));
        Assert.Equal(
            [
                $"Password file {file} is broken, bad_format: {file} contains more than one line, or a control character. In use: its previous content",
                $"Password file {file} is broken, not_found: {file} does not exist. In use: its previous content",
            ],
            Log.Take().Select(line => line.Text));
    }

    [Fact]
    public async Task A_file_that_is_missing_from_the_start_is_a_fault_until_it_is_there()
    {
        var file = await FollowPassword(null);
        Assert.Equal((null, $"{file} does not exist"), Now(file));
        Assert.Equal(LogLevel.Warning, Assert.Single(Log.Take()).Level);

        Files.Write("proxy.pass", "hunter2");
        await Pass(10);
        Assert.Equal(("hunter2", null), Now(file));
    }

    [Theory]
    [InlineData(255, null)]
    [InlineData(256, "is too long for a password: 255 bytes at most")]
    [InlineData(0, "is empty")]
    public async Task A_password_has_a_length_that_a_proxy_accepts(int length, string? problem)
    {
        var file = await FollowPassword(new string('p', length) + "\n");

        Assert.Equal(problem is null ? null : $"{file} {problem}", Now(file).Fault);
    }

    private (string? Password, string? Fault) Now(string file)
    {
        var (secret, fault) = Store.Secret(file);
        Assert.DoesNotContain(secret is null ? "hunter2" : Encoding.UTF8.GetString(secret.Bytes.Span), $"{secret}", StringComparison.Ordinal);
        return (secret is null ? null : Encoding.UTF8.GetString(secret.Bytes.Span), fault?.Detail);
    }

    private async Task<string> FollowPassword(string? content)
    {
        if (content is not null) Files.Write("proxy.pass", content);
        var file = Files.Path("proxy.pass");
        var target = new Target
        {
            Name = "payments", Address = new HostPort("payments.test", 443), ServerName = "payments.test", Protocol = new Https(), Trust = "internal",
            Way = new Way { Proxy = new ProxyServer(ProxyKind.Http, new HostPort("proxy.test", 3128), "probe", file) },
        };
        await Run(Configuration([], []) with { Targets = [target, target with { Name = "again" }] });
        return file;
    }
}
