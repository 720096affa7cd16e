using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MtlsProbe.Demo;

namespace MtlsProbe.Tests.Cli;

/// <summary>The probe command against servers of this process.</summary>
public sealed class ProbeCommandTest : IAsyncLifetime, IDisposable
{
    private readonly Socket _closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mtlsprobe-");
    private DemoStage _stage = null!;

    /// <summary>Bound but never listening: connections are refused.</summary>
    private string Closed => $"127.0.0.1:{((IPEndPoint)_closed.LocalEndPoint!).Port}";

    public async Task InitializeAsync()
    {
        _closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _stage = await DemoStage.OpenAsync(TimeProvider.System);
    }

    public async Task DisposeAsync() => await _stage.DisposeAsync();

    public void Dispose()
    {
        _closed.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_word_that_is_an_address_and_the_name_of_a_target_is_pointed_out()
    {
        var file = Path.Combine(_directory.FullName, "mtlsprobe.yml");
        await File.WriteAllTextAsync(file, "targets: [{ name: 127.0.0.1, address: 'a.internal:1', identity: none }]\n");

        var printed = await Terminal.RunConfiguredAsync(file, "probe", "127.0.0.1", "--timeout", "50ms");
        var meant = await Terminal.RunConfiguredAsync(file, "probe", "127.0.0.1", "--timeout", "50ms", "--ca", file);

        Assert.Equal($"mtlsprobe: note: 127.0.0.1 is taken as an address; for the target with this name in {file}, add --config.file {file}\n", printed.Error);
        Assert.Contains("127.0.0.1:443", printed.Output, StringComparison.Ordinal);
        Assert.Equal("", meant.Error);
    }

    [Fact]
    public async Task A_target_that_accepts_us_exits_with_0_and_its_diagnosis_begins_with_the_verdict()
    {
        var printed = await ConfiguredAsync("healthy");

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.StartsWith("✔ ACCEPTED  healthy (", printed.Output);
    }

    [Fact]
    public async Task A_discovered_target_is_found_by_its_name_and_problems_of_sources_are_reported()
    {
        var found = await DiscoveredAsync($"found: {Closed}");
        Assert.Equal((1, ""), (found.Code, found.Error));
        Assert.StartsWith($"✘ FAILED  {Closed}", found.Output, StringComparison.Ordinal);

        var broken = await DiscoveredAsync("- {");
        Assert.Equal(2, broken.Code);
        Assert.StartsWith("mtlsprobe: discovery source catalogue delivers no targets: ", broken.Error, StringComparison.Ordinal);
        Assert.Contains($"has no target \"{Closed}\"", broken.Error, StringComparison.Ordinal);

        async Task<Printed> DiscoveredAsync(string content)
        {
            File.WriteAllText(Path.Combine(_directory.FullName, "targets.yml"), content.StartsWith("found", StringComparison.Ordinal) ? $"- targets: ['{Closed}', nonsense?]" : content);
            var configuration = Path.Combine(_directory.FullName, "discovering.yml");
            File.WriteAllText(configuration, "discovery: [{ name: catalogue, file: { files: [targets.yml] }, target: { protocol: tls } }]\n");
            var printed = await Terminal.RunAsync("probe", Closed, "--config.file", configuration);
            return printed with { Error = printed.Error.Replace($"mtlsprobe: 1 target of discovery source catalogue is left out; for the reasons: mtlsprobe check-config --discovery {configuration}\n", "", StringComparison.Ordinal) };
        }
    }

    [Fact]
    public async Task Several_targets_are_reported_in_the_order_of_the_command_line_and_summed_up()
    {
        var printed = await ConfiguredAsync("refuses-unknown-ca", "healthy", "server-expired");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        Assert.Equal(["✘ REJECTED  refuses-unknown-ca", "✔ ACCEPTED  healthy", "✘ FAILED  server-expired"], Verdicts(printed.Output));
        Assert.EndsWith("\n2 of 3 probes did not succeed: refuses-unknown-ca, server-expired\n", printed.Output);
    }

    [Fact]
    public async Task All_targets_of_the_configuration_are_probed_with_all()
    {
        var printed = await Terminal.RunAsync("probe", "--all", "--config.file", _stage.Files.Configuration, "--timeout", "1s", "--output", "json");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        Assert.Equal(_stage.Targets.Select(target => target.Target.Name), Records(printed.Output).Select(record => record.GetProperty("target").GetString()).Distinct());
    }

    [Fact]
    public async Task Targets_are_chosen_by_label_and_left_out_by_name()
    {
        var file = Path.Combine(_directory.FullName, "labels.yml");
        await File.WriteAllTextAsync(file, $$"""
            targets:
              - { name: a, address: "{{Closed}}", identity: none, labels: { team: money, tier: "1" } }
              - { name: b, address: "{{Closed}}", identity: none, labels: { team: money } }
              - { name: c, address: "{{Closed}}", identity: none, labels: { team: shop } }
            """);

        Assert.Equal(["a", "b"], await Names("--label", "team=money"));
        Assert.Equal(["a"], await Names("--label", "team=money", "--label", "tier=1"));
        Assert.Equal(["b"], await Names("--label", "team=money", "--exclude", "a"));
        Assert.Equal(["b", "c"], await Names("--all", "--exclude", "a"));
        Assert.Contains("hint: there are team=money, tier=1, team=shop\n", (await Terminal.RunAsync("probe", "--config.file", file, "--label", "team=mony")).Error);

        async Task<IEnumerable<string?>> Names(params string[] words) =>
            Records((await Terminal.RunAsync(["probe", "--config.file", file, "--output", "json", .. words])).Output).Select(record => record.GetProperty("target").GetString());
    }

    [Fact]
    public async Task A_fleet_is_a_table_with_its_causes_and_in_full_on_demand()
    {
        string[] words = ["probe", "--all", "--config.file", _stage.Files.Configuration, "--timeout", "1s"];

        var table = await Terminal.RunAsync(words);
        var failed = await Terminal.RunAsync([.. words, "--failed-only"]);
        var full = await Terminal.RunAsync([.. words, "--verbose"]);

        Assert.Equal((1, 1, 1), (table.Code, failed.Code, full.Code));
        Assert.Matches(@"\n✔  healthy +127\.0\.0\.1:\d+ +checkout +ACCEPTED ", table.Output);
        Assert.Matches(@"\n✘  refuses-unknown-ca +127\.0\.0\.1:\d+ +checkout +REJECTED +unknown_ca ", failed.Output);
        Assert.DoesNotContain("✔  healthy", failed.Output);
        Assert.Contains("\n✔ ACCEPTED  healthy (127.0.0.1:", "\n" + full.Output);
    }

    [Theory]
    [InlineData("no target of", "--label", "team=nobody")]
    [InlineData("has no target \"helthy\"\n  hint: did you mean healthy?", "--all", "--exclude", "helthy")]
    [InlineData("name targets, or give --all or --label, not both", "healthy", "--label", "team=money")]
    [InlineData("--exclude goes with --all or --label", "healthy", "--exclude", "healthy")]
    [InlineData("--interval goes with --watch", "healthy", "--interval", "1s")]
    [InlineData("--watch writes text only: omit --output json", "healthy", "--watch", "--output", "json")]
    [InlineData("\"team\" is not a label (write NAME=VALUE)", "--label", "team")]
    public async Task A_choice_that_cannot_be_made_exits_with_2_and_says_why(string expected, params string[] words)
    {
        var printed = await Terminal.RunAsync(["probe", "--config.file", _stage.Files.Configuration, .. words]);

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains(expected, printed.Error);
    }

    [Fact]
    public async Task A_target_is_probed_with_the_current_and_the_next_credential_and_with_those_that_it_must_refuse()
    {
        var file = Path.Combine(_directory.FullName, "rotation.yml");
        var (certificate, key) = (_stage.Files.Certificate, _stage.Files.Key);
        var (nextCertificate, nextKey) = (Path.Combine(_directory.FullName, "next.crt"), Path.Combine(_directory.FullName, "next.key"));
        File.Copy(certificate, nextCertificate);
        File.Copy(key, nextKey);
        string Target(string name) =>
            $"{{ name: {name}, address: \"{_stage.Targets.Single(target => target.Target.Name == name).Address}\", server_name: {DemoTarget.NameOf(name)}, "
            + "identity: checkout, trust: demo, must_reject: [none] }";
        await File.WriteAllTextAsync(file, $$"""
            identities: { checkout: { current: { certificate: {{certificate}}, key: {{key}} }, next: { certificate: {{nextCertificate}}, key: {{nextKey}} } } }
            trust: { demo: { files: [{{_stage.Files.Root}}] } }
            targets: [{{Target("healthy")}}, {{Target("not-enforcing")}}]
            """);

        var printed = await Terminal.RunAsync("probe", "healthy", "not-enforcing", "--config.file", file);

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        Assert.Equal(
            [
                "✔ ACCEPTED: the server accepts our certificate", "✔ ACCEPTED, next credential: the server accepts our certificate",
                "✔ KEPT OUT: the server refuses a client without a certificate, as required",
                "✘ NO CERTIFICATE ASKED FOR: the server lets us in without asking for a client certificate: mTLS is not enforced here",
                "✘ NO CERTIFICATE ASKED FOR, next credential: the server lets us in without asking for a client certificate: mTLS is not enforced here",
                "✘ LET IN: the server let in a client without a certificate, which it must refuse",
            ],
            printed.Output.Split('\n').Where(line => line.StartsWith('✔') || line.StartsWith('✘'))
                .Select(line => line[..line.IndexOf("  ", StringComparison.Ordinal)] + line[(line.IndexOf(')', StringComparison.Ordinal) + 1)..]));
        Assert.EndsWith("\n3 of 6 probes did not succeed: not-enforcing\n", printed.Output);
    }

    [Fact]
    public async Task An_address_is_probed_with_the_credential_and_the_anchors_of_the_flags()
    {
        var address = _stage.Targets.Single(target => target.Target.Name == "healthy").Address.ToString();

        var printed = await Terminal.RunAsync(
            "probe", address, "--cert", _stage.Files.Certificate, "--key", _stage.Files.Key, "--ca", _stage.Files.Root, "--server-name", DemoTarget.NameOf("healthy"));

        Assert.Equal((0, ""), (printed.Code, printed.Error));
        Assert.StartsWith($"✔ ACCEPTED  {address}: the server accepts our certificate\n", printed.Output);
    }

    [Fact]
    public async Task Json_is_an_array_with_one_record_per_handshake_in_the_order_of_the_command_line()
    {
        var printed = await Terminal.RunAsync("probe", Closed, "[::1]", Closed, "--timeout", "100ms", "--output", "json");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        var records = Records(printed.Output);
        Assert.Equal([Closed, "[::1]:443", Closed], records.Select(record => record.GetProperty("address").GetString()));
        Assert.Equal("connection_refused", records[0].GetProperty("failure").GetProperty("reason").GetString());
        Assert.Equal("none", records[0].GetProperty("identity").GetString());
    }

    [Fact]
    public async Task An_IPv6_address_with_a_port_but_without_brackets_is_not_taken_for_another_address()
    {
        var printed = await Terminal.RunAsync("probe", "::1:443", "--timeout", "100ms");

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains("\"::1:443\" can be an address, or an address with a port: write an IPv6 address in brackets, with its port: [::1]:443,", printed.Error);
    }

    [Fact]
    public async Task An_unknown_name_exits_with_2_and_suggests_a_near_one()
    {
        var printed = await ConfiguredAsync("healthy", "helthy", "127.0.0.1:1", "something-else");

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains("has no target \"helthy\"\n  hint: did you mean healthy?\n", printed.Error);
        Assert.Contains("has no target \"127.0.0.1:1\"\n  hint: omit --config.file to probe an address\n", printed.Error);
        Assert.Contains("has no target \"something-else\"\n  hint: it names healthy, healthy-tls12, ", printed.Error);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_exits_with_2_and_tells_every_mistake()
    {
        var file = Path.Combine(_directory.FullName, "bad.yml");
        await File.WriteAllTextAsync(file, "targets:\n  - { name: a, adress: a:1 }\n  - { name: b, address: b, protocol: tls }\n");

        var printed = await Terminal.RunAsync("probe", "a", "--config.file", file);

        Assert.Equal((2, ""), (printed.Code, printed.Output));
        Assert.Contains($"{file}:2:", printed.Error);
        Assert.Contains($"{file}:3:", printed.Error);
    }

    [Fact]
    public async Task Broken_files_of_ours_give_a_record_that_fails_in_phase_identity_and_exit_with_1()
    {
        var printed = await Terminal.RunAsync("probe", Closed, "--cert", "/nonexistent/client.crt", "--output", "json");

        Assert.Equal((1, ""), (printed.Code, printed.Error));
        var failure = Records(printed.Output)[0].GetProperty("failure");
        Assert.Equal(("identity", "identity", "not_found"), (Text(failure, "phase"), Text(failure, "class"), Text(failure, "reason")));
        Assert.Contains("/nonexistent/client.crt", Text(failure, "detail"));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Neither_key_nor_passphrase_is_printed_if_they_do_not_match(string output)
    {
        var secret = Path.Combine(_directory.FullName, "pass");
        await File.WriteAllTextAsync(secret, "s3cret-passphrase");
        var key = await File.ReadAllTextAsync(_stage.Files.Key);
        var encrypted = Path.Combine(_directory.FullName, "key");
        using (var pair = System.Security.Cryptography.ECDsa.Create())
        {
            pair.ImportFromPem(key);
            await File.WriteAllTextAsync(encrypted, pair.ExportEncryptedPkcs8PrivateKeyPem(
                "another", new(System.Security.Cryptography.PbeEncryptionAlgorithm.Aes256Cbc, System.Security.Cryptography.HashAlgorithmName.SHA256, 1000)));
        }

        var printed = await Terminal.RunAsync(
            "probe", Closed, "--cert", _stage.Files.Certificate, "--key", encrypted, "--key-passphrase-file", secret, "--output", output, "--log.level", "debug");

        Assert.Equal(1, printed.Code);
        Assert.Contains("wrong_passphrase", printed.Output);
        var all = printed.Output + printed.Error;
        Assert.DoesNotContain("s3cret", all);
        Assert.DoesNotContain(key.Split('\n')[1][..20], all);
        Assert.DoesNotContain("PRIVATE", all);
    }

    [Fact]
    public async Task Progress_is_shown_on_a_terminal_and_erased()
    {
        var printed = await Terminal.RunAsync(new StringWriter(), errorIsTerminal: true, "probe", Closed, Closed);

        Assert.StartsWith("\rprobed 0 of 2 …\r", printed.Error);
        Assert.EndsWith("\rprobed 2 of 2 …\r\u001b[K", printed.Error);
        Assert.DoesNotContain("probed", printed.Output);
    }

    private Task<Printed> ConfiguredAsync(params string[] names) => Terminal.RunAsync(["probe", .. names, "--config.file", _stage.Files.Configuration]);

    private static IEnumerable<string> Verdicts(string output) =>
        output.Split('\n').Where(line => line.StartsWith('✔') || line.StartsWith('✘')).Select(line => line[..line.IndexOf(" (", StringComparison.Ordinal)]);

    private static List<JsonElement> Records(string output) => [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
