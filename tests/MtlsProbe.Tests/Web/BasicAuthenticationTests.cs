using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using MtlsProbe.Model;
using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public sealed class BasicAuthenticationTests
{
    /// <summary>"correct horse" at the lowest cost, by libcrypt, like the other hashes here.</summary>
    private const string Hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

    /// <summary>For passwords of 72 bytes and more; bcrypt reads no further.</summary>
    private const string Full = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";

    [Theory]
    [InlineData("prometheus", "correct horse", 200)]
    [InlineData("prometheus", "wrong horse", 401)]
    [InlineData("prometheus", "correct horse\0and more", 401)]
    [InlineData("prometheus", "correct horse\0correct horse", 401)] // bcrypt itself cannot distinguish it from the right one
    [InlineData("prometheus", "", 401)]
    [InlineData("nobody", "correct horse", 401)]
    [InlineData("", "correct horse", 401)]
    public async Task Only_a_known_user_with_the_right_password_is_served_whether_or_not_it_is_cached(string user, string password, int status)
    {
        await using var served = await StartAsync();
        var header = ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(status, (await served.GetAsync("/metrics", header)).Status);
            Assert.Equal(status, (await served.GetAsync("/-/healthy", header)).Status);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic not-base64!")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Bearer abc")]
    public async Task Every_request_without_credentials_gets_a_challenge_on_every_path(string header)
    {
        await using var served = await StartAsync();
        foreach (var path in new[] { "/", "/metrics", "/probe?target=a", "/nowhere", "/-/ready" })
        {
            var answer = await served.GetAsync(path, ("Authorization", header));

            Assert.Equal(401, answer.Status);
            Assert.StartsWith("Basic realm=", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("correct horse", Hash, true)]
    [InlineData("correct horse", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", true)]
    [InlineData("Zürich", "$2a$04$abcdefghijklmnopqrstuulGEfut91Q5ngXmajp18gpvxYMIw3zia", true)]
    [InlineData("Zurich", "$2a$04$abcdefghijklmnopqrstuulGEfut91Q5ngXmajp18gpvxYMIw3zia", false)]
    [InlineData("correct horse", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6f", false)]
    [InlineData("密码🔑", "$2y$05$abcdefghijklmnopqrstuuPEokTWB616EhEeOm05lS1zlPQecMrgK", true)]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxtail that bcrypt does not read", Full, true)]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Full, true)]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Full, false)]
    [InlineData("correct horse", "$2", false)]
    [InlineData("correct horse", "$2b$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", false)]
    [InlineData("correct horse", "*0", false)]
    [InlineData("correct horse", "", false)]
    public void A_hash_matches_only_its_password(string password, string hash, bool expected) =>
        Assert.Equal(expected, PasswordHash.Matches(password, hash));

    [Theory]
    [InlineData("prometheus", "wrong horse")]
    [InlineData("other", "wrong horse")]
    [InlineData("nobody", "wrong horse")]
    [InlineData("nobody", "correct horse")]
    [InlineData("", "")]
    public async Task Every_guess_costs_a_hash_of_each_configured_cost_whatever_user_it_names(string user, string password)
    {
        var costs = new ConcurrentQueue<int>();
        using var authentication = new BasicAuthentication(
            [new Label("other", Hash[..^1] + "f"), new Label("prometheus", Hash), new Label("dear", Hash.Replace("$04$", "$05$", StringComparison.Ordinal))],
            (given, hash) =>
            {
                costs.Enqueue(PasswordHash.Cost(hash));
                return PasswordHash.Matches(given, hash);
            });
        var context = new DefaultHttpContext { Response = { Body = Stream.Null } };
        context.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

        await authentication.InvokeAsync(context, _ => throw new InvalidOperationException("was accepted"));

        Assert.Equal([4, 5], costs.Order());
        Assert.Equal(401, context.Response.StatusCode);
    }

    private static Task<ServedFleet> StartAsync() =>
        ServedFleet.StartAsync("targets: []\n", new WebConfiguration { Users = [new Label("other", Hash[..^1] + "f"), new Label("prometheus", Hash)] });
}
