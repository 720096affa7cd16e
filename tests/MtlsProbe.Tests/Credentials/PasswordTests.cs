using Microsoft.Extensions.Logging;
using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>Passwords, and the files that contain them.</summary>
public sealed class PasswordTests : FollowedFiles
{
    [Theory]
    [InlineData("hunter2", "hunter2")]
    [InlineData("hunter2\n", "hunter2")]
    [InlineData("hunter2\r\n", "hunter2")]
    [InlineData(" hunter 2 ", " hunter 2 ")]
    public async Task A_password_is_a_line_without_its_end(string content, string password)
    {
        await FollowWord(content);

        Assert.Equal(password, Text(Store.Secret(Word).Secret));
        Assert.Empty(Log.Take());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "is empty")]
    [InlineData("hunter2\nmore", "contains more than one line, or a control character")]
    [InlineData("hunter2\0", "contains more than one line, or a control character")]
    public async Task An_invalid_password_is_a_fault_that_does_not_show_it(string content, string problem)
    {
        await FollowWord(content);

        Assert.Equal((null, Reasons.BadFormat, $"{Word} {problem}"), (Store.Secret(Word).Secret, Store.Secret(Word).Fault!.Reason, Store.Secret(Word).Fault!.Detail));
        Assert.DoesNotContain("hunter2", Assert.Single(Log.Take()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_password_has_255_bytes()
    {
        await FollowWord(new string('a', 255) + "\n");
        Assert.Equal(255, Text(Store.Secret(Word).Secret)!.Length);

        Files.Write("word", new string('a', 256));
        await Pass(10);
        Assert.Equal($"{Word} is too long for a password: 255 bytes at most", Store.Secret(Word).Fault!.Detail);
    }

    [Fact]
    public async Task A_file_that_changes_is_read_again_and_one_that_breaks_leaves_the_last_good_password()
    {
        await FollowWord(null);
        Assert.Same(Reasons.NotFound, Store.Secret(Word).Fault!.Reason);

        Files.Write("word", "first\n");
        await Pass(10);
        Files.Write("word", "second\n");
        await Pass(10);
        Assert.Equal(("second", null), (Text(Store.Secret(Word).Secret), Store.Secret(Word).Fault));
        File.Delete(Word);
        await Pass(10);
        Assert.Equal(("second", Reasons.NotFound), (Text(Store.Secret(Word).Secret), Store.Secret(Word).Fault!.Reason));

        var told = Log.Take();
        Assert.Equal([LogLevel.Warning, LogLevel.Information, LogLevel.Information, LogLevel.Warning], told.Select(line => line.Level));
        Assert.All(told, line => Assert.DoesNotMatch("first|second", line.Text));
    }

    private string Word => Files.Path("word");

    private static string? Text(Secret? password) => password is null ? null : System.Text.Encoding.UTF8.GetString(password.Bytes.Span);

    private async Task FollowWord(string? content)
    {
        if (content is not null) Files.Write("word", content);
        var target = new Target
        {
            Name = "mail", Address = new HostPort("mail.test", 587), ServerName = "mail.test", Trust = "internal",
            Protocol = Smtp.Grammar.Plain with { Login = new PasswordLogin("shop", Word) },
        };
        await Run(Configuration([], []) with { Targets = [target, target with { Name = "again" }] });
    }
}
