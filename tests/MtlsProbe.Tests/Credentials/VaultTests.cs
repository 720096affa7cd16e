using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MtlsProbe.Checks;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

/// <summary>Credentials in Vault. The server is part of the test, and answers as in Vault's API documentation.</summary>
public sealed class VaultTests : FollowedRemotes
{
    private const string Token = "hvs.CAESIJt0ken";
    private const string Path = "secret/data/mtls/checkout";

    private static readonly TestCertificate s_root = TestPki.Root("Vault");
    private static readonly TestCertificate s_authority = TestPki.Root("Authority");
    private static readonly TestCertificate s_client = s_authority.Client("checkout");

    private readonly ApiPeer _vault = new(s_root, ApiPeer.Text(Version2(s_client)));

    private protected override ValueTask CloseAsync() => _vault.DisposeAsync();

    [Fact]
    public async Task A_secret_of_version_2_is_read_with_token_and_namespace()
    {
        await FollowAsync(Secret() with { Server = Server() with { Namespace = "team-a" } });

        Assert.Equal((s_client.Certificate, null), (Current.Credential?.Leaf, Current.Fault));
        var request = Assert.Single(_vault.TakeRequests());
        Assert.Equal(("/v1/secret/data/mtls/checkout", Token, "team-a", "true"),
            (request.Path, request.Headers["X-Vault-Token"], request.Headers["X-Vault-Namespace"], request.Headers["X-Vault-Request"]));
        Assert.Equal(("vault", $"https://localhost:{_vault.Port}", true, Time.GetUtcNow(), null), (State.Kind, State.Address, State.Connected, State.LastUpdate, State.Fault));
        var metrics = Metrics();
        Assert.Equal(1, Assert.Single(metrics.Of("mtlsprobe_source_connected"), sample => sample.Labels["source"] == $"vault:https://localhost:{_vault.Port}").Value);
        Assert.Equal($"vault:https://localhost:{_vault.Port}", Assert.Single(metrics.Of("mtlsprobe_identity_source_info")).Labels["source"]);
    }

    [Fact]
    public async Task A_secret_of_version_1_is_read_and_PEM_may_stand_in_one_field()
    {
        _vault.Answer = ApiPeer.Text(Json(new { lease_duration = 2764800, data = new { bundle = TestPki.Pem(s_client) + s_client.KeyPem, data = "a field of this name", metadata = "too" } }));

        await FollowAsync(new VaultSecret(Server(), "kv/checkout") { Certificate = "bundle", Key = "bundle" });

        Assert.Equal((s_client.Certificate, null), (Current.Credential?.Leaf, Current.Fault));
    }

    [Fact]
    public async Task A_renewed_secret_is_in_use_after_a_poll_and_an_unchanged_one_is_no_news()
    {
        await FollowAsync(Secret());
        var (first, polls) = (Current.Credential, 0);
        _vault.TakeRequests();
        await Until(() => (polls += _vault.TakeRequests().Count) >= 3);
        Assert.Same(first, Current.Credential);
        var newer = s_authority.Client("checkout");

        _vault.Answer = ApiPeer.Text(Version2(newer));
        var before = Time.GetUtcNow();
        await Told();

        Assert.Equal(newer.Certificate, Current.Credential?.Leaf);
        Assert.InRange(Time.GetUtcNow() - before, TimeSpan.Zero, VaultSecret.DefaultPoll + TimeSpan.FromSeconds(30));
        Assert.Single(Log.Take(), entry => entry.Text.Contains("loaded", StringComparison.Ordinal) && entry.Text.Contains(newer.Certificate.Serial, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_short_lease_brings_the_next_poll_forward_and_a_long_one_does_not_delay_it()
    {
        _vault.Answer = ApiPeer.Text(Version1(s_client, lease: 10));
        await FollowAsync(Secret() with { Poll = TimeSpan.FromMinutes(30) });
        _vault.TakeRequests();
        var start = Time.GetUtcNow();
        await Until(() => _vault.TakeRequests().Count > 0);
        Assert.InRange(Time.GetUtcNow() - start, TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(2));

        _vault.Answer = ApiPeer.Text(Version1(s_client, lease: 2764800));
        await Until(() => _vault.TakeRequests().Count > 0);
        start = Time.GetUtcNow();
        await Until(() => _vault.TakeRequests().Count > 0);
        Assert.InRange(Time.GetUtcNow() - start, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(33));
    }

    [Fact]
    public async Task While_the_server_is_away_the_last_good_one_stays_and_requests_continue_until_it_is_back()
    {
        await FollowAsync(Secret());
        var good = Current.Credential;
        await _vault.StopAsync();

        await Until(() => Current.Fault is not null);
        Assert.Same(good, Current.Credential);
        Assert.Equal($"{Url} cannot be read: the server cannot be reached", Current.Fault!.Detail);
        Assert.Equal((false, Current.Fault.Detail), (State.Connected, State.Fault));
        Assert.Equal(0, Metrics().Of("mtlsprobe_source_connected").Single().Value);
        var last = State.LastUpdate;
        Time.Advance(TimeSpan.FromHours(6));
        Assert.Equal(last, State.LastUpdate);

        _vault.StartAgain();
        await Until(() => Current.Fault is null);

        Assert.Same(good, Current.Credential);
        Assert.True(State.Connected);
        await Until(() => Log.Take().Any(entry => entry.Text == $"Credential of checkout (current) can be loaded again, and is the one in use: serial {s_client.Certificate.Serial}"));
        Assert.True(State.LastUpdate > last);
    }

    [Theory]
    [InlineData(400, "{}", "unreadable", "answers 400: it does not accept the request; is the namespace missing")]
    [InlineData(403, """{"errors":["permission denied, hvs.CAESIJt0ken"]}""", "unreadable", "has expired, or its policies do not let it read this path")]
    [InlineData(404, """{"errors":[]}""", "not_found", "does not exist; in version 1 of the key-value store, the path has no data/")]
    [InlineData(404, "<html>", "unreadable", "answers 404, but not in Vault's format")]
    [InlineData(404, "{}", "unreadable", "answers 404, but not in Vault's format")]
    [InlineData(404, """{"data":{"data":null,"metadata":{"deletion_time":"2026-11-20T00:00:00Z","version":3}}}""", "not_found", "deleted in its newest version")]
    [InlineData(429, "", "unreadable", "too many requests")]
    [InlineData(503, """{"errors":["Vault is sealed"]}""", "unreadable", "sealed or under maintenance")]
    [InlineData(500, "", "unreadable", "the server answers 500")]
    [InlineData(200, "<html>", "unreadable", "not in Vault's format")]
    [InlineData(200, "[]", "unreadable", "not in Vault's format")]
    [InlineData(200, """{"data":{"data":{"tls.crt":1},"metadata":{}}}""", "not_found", "has no field \"tls.crt\"")]
    [InlineData(200, """{"data":{"data":{"tls.crt":"x"},"metadata":{}}}""", "not_found", "has no field \"tls.key\"")]
    [InlineData(200, """{"data":{"tls.crt":"words","tls.key":"hvs.CAESIJt0ken"}}""", "bad_format", "#tls.crt contains no PEM certificate")]
    public async Task Faults_are_reported_with_a_hint_and_without_the_words_of_the_server(int status, string text, string reason, string detail)
    {
        _vault.Answer = ApiPeer.Text(text, status);

        await FollowAsync(Secret());

        Assert.Equal((null, reason), (Current.Credential, Current.Fault!.Reason.Label));
        Assert.Contains(detail, Current.Fault.Detail, StringComparison.Ordinal);
        Assert.StartsWith(Url, Current.Fault.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, Current.Fault.Detail + State.Fault + string.Concat(Log.Take().Select(entry => entry.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_path_of_version_2_contains_data_and_a_hint_says_so()
    {
        _vault.Answer = ApiPeer.Text("""{"errors":[]}""", 404);

        await FollowAsync(Secret() with { Path = "secret/mtls/checkout" });

        Assert.EndsWith("in version 2 of the key-value store, the path has data/ after the mount: MOUNT/data/NAME", Current.Fault!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_configured_server_alone()
    {
        await using var other = new ApiPeer(s_root, ApiPeer.Text(Version2(s_client)));
        _vault.Answer = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = new Uri(other.Address, "v1/" + Path).AbsoluteUri;
            return Task.CompletedTask;
        };

        await FollowAsync(Secret());

        Assert.Contains("answers 307 and redirects to another address, which the token is not sent to", Current.Fault!.Detail, StringComparison.Ordinal);
        Assert.Empty(other.TakeRequests());
    }

    [Fact]
    public async Task A_server_of_another_authority_gets_no_request()
    {
        await FollowAsync(Secret() with { Server = Server() with { CaFile = Files.Write("other.crt", TestPki.Pem(TestPki.Root("Other"))) } });

        Assert.Equal($"{Url} cannot be read: the certificate of the server is not trusted", Current.Fault!.Detail);
        Assert.Empty(_vault.TakeRequests());
    }

    [Fact]
    public async Task A_renewed_token_is_sent_with_the_next_request()
    {
        _vault.Answer = context => ApiPeer.Text(context.Request.Headers["X-Vault-Token"] == "renewed" ? Version2(s_client) : "{}", context.Request.Headers["X-Vault-Token"] == "renewed" ? 200 : 403)(context);
        await FollowAsync(Secret());
        Assert.Contains("answers 403", Current.Fault!.Detail, StringComparison.Ordinal);

        Files.Write("token", "renewed\n");
        await Until(() => Current.Fault is null);

        Assert.Equal(s_client.Certificate, Current.Credential?.Leaf);
    }

    [Fact]
    public async Task An_endless_answer_is_given_up()
    {
        _vault.Answer = async context =>
        {
            var octets = new byte[64 * 1024];
            Array.Fill(octets, (byte)' ');
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(octets);
        };

        await FollowAsync(Secret());

        Assert.Equal($"{Url} cannot be read: the answer has more than 2 MiB", Current.Fault!.Detail);
    }

    [Fact]
    public async Task An_answer_that_trickles_is_given_up_in_time()
    {
        var isAsked = new TaskCompletionSource();
        _vault.Answer = async context =>
        {
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
            isAsked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        var following = Task.Run(() => Follow(Secret()));
        await isAsked.Task;

        await Until(() => following.IsCompleted && Current.Fault?.Reason == Reasons.Unreadable && State.Fault is not null);

        Assert.Equal($"{Url} cannot be read: no complete answer within 10 s", Current.Fault!.Detail);
    }

    [Fact]
    public async Task A_replacement_that_is_not_there_yet_is_not_staged_and_appears_later()
    {
        _vault.Answer = context => context.Request.Path.Value!.EndsWith("next", StringComparison.Ordinal) ? ApiPeer.Text("""{"errors":[]}""", 404)(context) : ApiPeer.Text(Version2(s_client))(context);
        await FollowAsync(Secret(), Secret() with { Path = Path + "-next" });
        Assert.Equal((false, true), (Store.NextIsStaged("checkout"), Current.Fault is null));

        _vault.Answer = ApiPeer.Text(Version2(s_client));
        await Until(() => Store.NextIsStaged("checkout"));

        Assert.Single(Store.Sources());
    }

    [Fact]
    public async Task Check_config_requests_what_is_configured()
    {
        _vault.Answer = context => context.Request.Path.Value!.EndsWith("next", StringComparison.Ordinal) ? ApiPeer.Text("{}", 503)(context) : ApiPeer.Text(Version2(s_client))(context);
        var configuration = new Configuration
        {
            Targets = [], Trusts = [],
            Identities = [new Identity("checkout", Secret()), new Identity("other", Secret() with { Path = Path + "-next" })],
        };

        var check = new ConfigurationCheck(configuration, MaterialSources.Configured(TimeProvider.System), new TrustSource(TrustSource.System, []), TestPki.Now);
        var findings = await check.RunAsync();

        Assert.Equal(s_client.Certificate, check.Credentials[0].Loaded.Good?.Leaf);
        var error = Assert.Single(findings, finding => finding.IsError);
        Assert.Equal("identities.other.current", error.Where);
        Assert.Contains("sealed", error.Problem, StringComparison.Ordinal);
    }

    private string Url => $"https://localhost:{_vault.Port}/v1/{Path}";

    private VaultSecret Secret() => new(Server(), Path);

    private VaultServer Server() => new(_vault.Address)
    {
        TokenFile = File.Exists(Files.Path("token")) ? Files.Path("token") : Files.Write("token", Token + "\n"),
        CaFile = Files.Write("vault-ca.crt", TestPki.Pem(s_root)),
    };

    private static string Version1(TestCertificate client, int lease) => Json(new
    {
        lease_duration = lease,
        data = new Dictionary<string, string> { ["tls.crt"] = TestPki.Pem(client, s_authority), ["tls.key"] = client.KeyPem },
    });

    private static string Version2(TestCertificate client) => Json(new
    {
        request_id = "7", lease_id = "", renewable = false, lease_duration = 0,
        data = new
        {
            data = new Dictionary<string, string> { ["tls.crt"] = TestPki.Pem(client, s_authority), ["tls.key"] = client.KeyPem },
            metadata = new { created_time = "2026-11-20T00:00:00Z", deletion_time = "", destroyed = false, version = 2 },
        },
        wrap_info = (string?)null, warnings = (string?)null, auth = (string?)null,
    });

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
