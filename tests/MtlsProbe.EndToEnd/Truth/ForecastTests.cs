using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using MtlsProbe.Certificates;
using MtlsProbe.Config;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.Forecast;
using MtlsProbe.Handshake;
using MtlsProbe.Minting;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>The program's forecasts agree with real servers: when all clocks have reached that second, and when the root is really gone.</summary>
public sealed class ForecastTests
{
    private const string Name = "server.test";

    private static readonly DateTimeOffset s_now = TestTemplate.Now;

    [FaketimeFact]
    public async Task Every_handshake_fails_at_the_forecast_second_for_the_forecast_cause_and_no_other_fails()
    {
        using var workspace = new Workspace("forecast");
        await using var fleet = new FaketimeFleet(workspace);
        var clientRoot = TestCertificate.SelfSigned(TestTemplate.Authority("Client Root"));
        var longClient = clientRoot.Issue(TestTemplate.Client("long"));
        var ending = clientRoot.Issue(TestTemplate.Authority("Client Issuer") with { NotAfter = At(4) });
        fleet.Identity("long", longClient);
        fleet.Identity("ending", clientRoot.Issue(TestTemplate.Client("ending") with { NotAfter = At(5) }));
        fleet.Identity("below", ending.Issue(TestTemplate.Client("below")), ending);

        var root = TestCertificate.SelfSigned(TestTemplate.Authority("Root"));
        var old = TestCertificate.SelfSigned(TestTemplate.Authority("Old Root") with { NotAfter = At(3) });
        var issuer = old.Issue(TestTemplate.Authority("Issuer"));
        var crossed = root.Issue(issuer.Template with { Key = issuer.Key, NotAfter = At(6) });
        var shortIssuer = root.Issue(TestTemplate.Authority("Short Issuer") with { NotAfter = At(2) });
        fleet.Trust(root, old);
        Dictionary<string, (string Cause, DateTimeOffset At)> expected = new()
        {
            ["leaf"] = ("server_certificate", At(1)),
            ["issuer"] = ("server_issuer", At(2)),
            ["anchor"] = ("trust_anchor", At(3)),
            ["below"] = ("client_issuer", At(4)),
            ["client"] = ("client_certificate", At(5)),
            ["crossed"] = ("server_issuer", At(6)),
        };
        await fleet.Serve("leaf", "long", clientRoot, root.Issue(TestTemplate.Server(Name) with { NotAfter = At(1) }));
        await fleet.Serve("issuer", "long", clientRoot, shortIssuer.Issue(TestTemplate.Server(Name)), shortIssuer);
        await fleet.Serve("anchor", "long", clientRoot, old.Issue(TestTemplate.Server(Name)));
        await fleet.Serve("below", "below", clientRoot, root.Issue(TestTemplate.Server(Name)));
        await fleet.Serve("client", "ending", clientRoot, root.Issue(TestTemplate.Server(Name)));
        await fleet.Serve("crossed", "long", clientRoot, issuer.Issue(TestTemplate.Server(Name)), issuer, crossed);

        var forecast = await Mtlsprobe.Run("forecast", "--config.file", fleet.Configure(), "--within", "30d", "--output", "json");
        Assert.Equal(1, forecast.ExitCode);
        using var report = JsonDocument.Parse(forecast.StandardOutput);
        var told =
            from cause in report.RootElement.GetProperty("causes").EnumerateArray()
            from place in cause.GetProperty("handshakes").EnumerateArray()
            where place.GetProperty("first").GetBoolean()
            select (Target: place.GetProperty("target").GetString()!, Cause: cause.GetProperty("cause").GetString()!, At: cause.GetProperty("at").GetDateTimeOffset());
        Assert.Equal(expected, told.ToDictionary(one => one.Target, one => (one.Cause, one.At)));

        foreach (var end in expected.Values.Select(one => one.At))
        {
            foreach (var (time, isAfter) in (IEnumerable<(DateTimeOffset, bool)>)[(end.AddSeconds(-1), false), (end.AddSeconds(1), true)])
            {
                var results = await fleet.ProbeAt(time);
                foreach (var (target, (cause, at)) in expected)
                    Assert.True(results[target].Success == (isAfter ? at > end : at >= end), $"{target} ({cause}, {at:u}) at {time:u}: {results[target].Outcome} {results[target].Failure?.Detail}");
            }
        }

        // In the last second, which is part of the validity, OpenSSL already refuses our certificate, and its server's certificate is still good
        // here.
        Assert.Equal(Outcome.Rejected, (await fleet.ProbeAt(At(5)))["client"].Outcome);
        Assert.False((await fleet.ProbeAt(At(5)))["leaf"].Success);
        Assert.True((await fleet.ProbeAt(At(1)))["leaf"].Success);
    }

    [NeedsFact("openssl")]
    public async Task The_forecast_without_a_root_agrees_with_twenty_fleets_of_real_servers_after_its_removal()
    {
        List<RemovalEffect> known = [];
        foreach (var seeds in Enumerable.Range(0, 20).Chunk(5)) // a few at a time: most of a probe is silence
            known.AddRange((await Task.WhenAll(seeds.Select(KnownEffectsAsync))).SelectMany(effects => effects));

        var broken = known.Count(effect => effect == RemovalEffect.Breaks);
        Assert.True(known.Count >= 30 && broken >= 10 && known.Count - broken >= 8, $"{known.Count} known, {broken} broken");
    }

    /// <summary>The forecasts for one fleet that say something, all of which proved true.</summary>
    private static async Task<IReadOnlyList<RemovalEffect>> KnownEffectsAsync(int seed)
    {
        using var workspace = new Workspace(string.Create(CultureInfo.InvariantCulture, $"removal-{seed}"));
        await using var fleet = new RootedFleet(workspace, new Random(seed));
        var (without, results) = await fleet.ForecastAsync();
        var after = await fleet.RemovedAsync();
        var known = without.Where(verdict => verdict.Effect is RemovalEffect.Keeps or RemovalEffect.Breaks).ToList();
        foreach (var verdict in known)
            Assert.True(after[verdict.Target].Success == (verdict.Effect == RemovalEffect.Keeps), $"fleet {seed}, {verdict.Target}: forecast {verdict}, but {after[verdict.Target].Outcome} {after[verdict.Target].Failure?.Detail}");
        Assert.Equal(results.Count, without.Count);
        return [.. known.Select(verdict => verdict.Effect)];
    }

    private static DateTimeOffset At(int days) => s_now.AddDays(days);

    /// <summary>Probes once, with its own clock.</summary>
    private static async Task<(ProbeStack Stack, IReadOnlyList<ProbeJob> Jobs, IReadOnlyList<ProbeResult> Results)> SurveyAsync(string file, TimeProvider time)
    {
        var configuration = ConfigurationFile.Load(file, BuiltInProtocols.All).Configuration ?? throw new InvalidOperationException("the configuration is wrong");
        var stack = new ProbeStack(time, NullLoggerFactory.Instance, once: true);
        stack.Materials.Follow(configuration);
        var survey = stack.Survey();
        var jobs = await survey.PlanAsync(configuration.Targets, CancellationToken.None);
        return (stack, jobs, await survey.RunAsync(jobs, null, 8, null, CancellationToken.None));
    }

    /// <summary>Servers whose clock is set by a file, and a configuration for their client.</summary>
    private sealed class FaketimeFleet(Workspace workspace) : IAsyncDisposable
    {
        private readonly List<ChildProcess> _servers = [];
        private readonly List<string> _identities = [];
        private readonly List<string> _targets = [];
        private readonly string _clock = workspace.Write("clock", Text(s_now));

        public void Trust(params TestCertificate[] roots) => workspace.Write("trust.pem", string.Concat(roots.Select(root => root.CertificatePem)));

        public void Identity(string name, TestCertificate leaf, params TestCertificate[] issuers)
        {
            workspace.Write($"{name}.crt", string.Concat(issuers.Prepend(leaf).Select(one => one.CertificatePem)));
            workspace.Write($"{name}.key", leaf.KeyPem);
            _identities.Add($"  {name}: {{ current: {{ certificate: {name}.crt, key: {name}.key }} }}");
        }

        public async Task Serve(string name, string identity, TestCertificate clients, TestCertificate leaf, params TestCertificate[] issuers)
        {
            var port = Ports.Free();
            List<string> arguments =
            [
                "s_server", "-quiet", "-accept", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
                "-cert", workspace.Write($"server-{name}.crt", leaf.CertificatePem), "-key", workspace.Write($"server-{name}.key", leaf.KeyPem),
                "-CAfile", workspace.Write($"clients-{name}.pem", clients.CertificatePem), "-no-CApath", "-no-CAstore", "-Verify", "4", "-verify_return_error",
            ];
            if (issuers.Length > 0) arguments.AddRange(["-cert_chain", workspace.Write($"chain-{name}.pem", string.Concat(issuers.Select(one => one.CertificatePem)))]);
            var server = ChildProcess.Start($"s_server {name}", "openssl", arguments, new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = Faketime.Library,
                ["FAKETIME_TIMESTAMP_FILE"] = _clock,
                ["FAKETIME_NO_CACHE"] = "1",
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                ["TZ"] = "UTC",
            });
            _servers.Add(server);
            await server.ListensOn(port);
            _targets.Add(string.Create(CultureInfo.InvariantCulture, $"  - {{ name: {name}, address: \"127.0.0.1:{port}\", identity: {identity} }}"));
        }

        public string Configure() => workspace.Write("mtlsprobe.yml", string.Join('\n',
        [
            $"defaults: {{ protocol: tls, server_name: {Name}, trust: ours, interval: 60s, timeout: 30s }}", "identities:", .. _identities,
            "trust: { ours: { files: [trust.pem] } }", "targets:", .. _targets, "",
        ]));

        /// <summary>Sets every clock, including the program's.</summary>
        public async Task<IReadOnlyDictionary<string, ProbeResult>> ProbeAt(DateTimeOffset time)
        {
            await File.WriteAllTextAsync(_clock, Text(time));
            return (await SurveyAsync(Configure(), new StoppedClock(time))).Results.ToDictionary(result => result.Target);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in _servers) await server.DisposeAsync();
        }

        private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>Three servers below two roots, in the mixed state of a fleet while a root is replaced.</summary>
    private sealed class RootedFleet : IAsyncDisposable
    {
        private const int Servers = 3;

        private readonly Workspace _workspace;
        private readonly Random _random;
        private readonly TestCertificate _old = TestCertificate.SelfSigned(TestTemplate.Authority("Old Root"));
        private readonly TestCertificate _new = TestCertificate.SelfSigned(TestTemplate.Authority("New Root"));
        private readonly TestCertificate _issuer;
        private readonly TestCertificate _crossed;
        private readonly List<ServerPlan> _plans;
        private readonly List<ChildProcess> _processes = [];

        public RootedFleet(Workspace workspace, Random random)
        {
            (_workspace, _random) = (workspace, random);
            _issuer = _old.Issue(TestTemplate.Authority("Issuer"));
            _crossed = _new.Issue(_issuer.Template with { Key = _issuer.Key });
            IReadOnlyList<TestCertificate> client = random.Next(5) switch
            {
                0 => [_old.Issue(TestTemplate.Client("checkout"))],
                1 => [_issuer.Issue(TestTemplate.Client("checkout")), _issuer],
                2 => [_issuer.Issue(TestTemplate.Client("checkout")), _crossed, _issuer],
                3 => [_new.Issue(TestTemplate.Client("checkout"))],
                _ => [_issuer.Issue(TestTemplate.Client("checkout")), _issuer, _crossed],
            };
            workspace.Write("client.crt", Pem(client));
            workspace.Write("client.key", client[0].KeyPem);
            _plans = [.. Enumerable.Range(0, Servers).Select(_ => Plan())];
        }

        public async Task<(IReadOnlyList<RemovalVerdict> Verdicts, IReadOnlyList<ProbeResult> Results)> ForecastAsync()
        {
            var (stack, jobs, results) = await SurveyAsync(await StartAsync(isGone: false), TimeProvider.System);
            var removal = new Removal(new ChainJudge(), _old.Certificate, stack.Materials.Bundles);
            return ([.. jobs.Zip(results, (job, result) => removal.Of(job.Key, job.Target, result, job.Credential.Now.Credential?.Chain ?? [], stack.Materials.Trust(job.Target.Trust).Bundle))], results);
        }

        /// <summary>The root is removed from our bundle and from every server's store.</summary>
        public async Task<IReadOnlyDictionary<string, ProbeResult>> RemovedAsync() =>
            (await SurveyAsync(await StartAsync(isGone: true), TimeProvider.System)).Results.ToDictionary(result => result.Target);

        public async ValueTask DisposeAsync()
        {
            foreach (var process in _processes) await process.DisposeAsync();
        }

        private static string Pem(IEnumerable<TestCertificate> certificates) => string.Concat(certificates.Select(certificate => certificate.CertificatePem));

        /// <summary>Each accepts us while it has the old root.</summary>
        private ServerPlan Plan()
        {
            IReadOnlyList<TestCertificate> chain = _random.Next(6) switch
            {
                0 => [_old.Issue(TestTemplate.Server(Name))],
                1 or 2 => [_new.Issue(TestTemplate.Server(Name))],
                3 => [_issuer.Issue(TestTemplate.Server(Name)), _issuer],
                _ => [_issuer.Issue(TestTemplate.Server(Name)), _issuer, _crossed],
            };
            IReadOnlyList<TestCertificate> store = _random.Next(4) switch { 0 => [_old], 1 or 2 => [_old, _new], _ => [_new, _old, _issuer] };
            return new ServerPlan(chain, store, _random.Next(5) > 0);
        }

        private async Task<string> StartAsync(bool isGone)
        {
            foreach (var process in _processes) await process.DisposeAsync();
            _processes.Clear();
            List<string> targets = [];
            List<Task> ready = [];
            foreach (var (number, plan) in _plans.Index())
            {
                var port = Ports.Free();
                var store = plan.Store.Where(root => !isGone || root != _old).ToList();
                if (store.Count == 0) store.Add(TestCertificate.SelfSigned(TestTemplate.Authority("Nobody's Root"))); // s_server requires one
                var process = ChildProcess.Start($"s_server {number}", "openssl",
                [
                    "s_server", "-quiet", "-accept", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
                    "-cert", _workspace.Write($"server-{number}.crt", plan.Chain[0].CertificatePem), "-key", _workspace.Write($"server-{number}.key", plan.Chain[0].KeyPem),
                    .. plan.Chain.Count > 1 ? (IEnumerable<string>)["-cert_chain", _workspace.Write($"chain-{number}.pem", Pem(plan.Chain.Skip(1)))] : [],
                    plan.Names ? "-CAfile" : "-verifyCAfile", _workspace.Write($"store-{number}-{isGone}.pem", Pem(store)),
                    "-no-CApath", "-no-CAstore", "-Verify", "4", "-verify_return_error",
                ]);
                _processes.Add(process);
                ready.Add(process.ListensOn(port));
                targets.Add(string.Create(CultureInfo.InvariantCulture, $"  - {{ name: server-{number}, address: \"127.0.0.1:{port}\" }}"));
            }

            await Task.WhenAll(ready);
            _workspace.Write("trust.pem", Pem(isGone ? [_new] : [_new, _old]));
            return _workspace.Write("mtlsprobe.yml", string.Join('\n',
            [
                $"defaults: {{ protocol: tls, server_name: {Name}, identity: checkout, trust: ours, interval: 60s, timeout: 30s }}",
                "identities: { checkout: { current: { certificate: client.crt, key: client.key } } }",
                "trust: { ours: { files: [trust.pem] } }", "targets:", .. targets, "",
            ]));
        }

        private sealed record ServerPlan(IReadOnlyList<TestCertificate> Chain, IReadOnlyList<TestCertificate> Store, bool Names);
    }
}

/// <summary>A fixed clock, for the validity of certificates; timers run as usual.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}

/// <summary>A fact that needs servers with an adjustable clock.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FaketimeFactAttribute : FactAttribute
{
    public FaketimeFactAttribute() => Skip = Needs.Missing("openssl") ?? Unpacked.Missing(Faketime.Package);
}

/// <summary>libfaketime, which gives a program another clock.</summary>
internal static class Faketime
{
    public const string Package = "libfaketime";

    public static string Library => Unpacked.Package(Package).Find("libfaketime.so.1");
}
