using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Config;

/// <summary>Targets in files of their own: the key <c>targets_files</c>.</summary>
public sealed class TargetFilesTests : IDisposable
{
    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Its_targets_come_after_those_of_the_configuration_and_have_the_same_meaning_there()
    {
        _files.Write("targets.d/b.yml", "- { name: b, address: 'b.test:443', protocol: https, expect: { issuer: certs/ca.crt } }\n- { name: c, address: 'c.test:443', protocol: https }\n");
        _files.Write("targets.d/a.yml", "\uFEFF- { name: a, address: 'a.test:443', protocol: tls, labels: { team: a } }\n");
        _files.Write("targets.d/.hidden.yml", "nonsense");
        _files.Write("one.yml", "[]");

        var targets = Valid("""
            defaults: { interval: 1m, labels: { env: prod } }
            targets: [{ name: own, address: 'own.test:443' }]
            targets_files: [targets.d/*.yml, one.yml, targets.d/b.yml]
            """).Targets;

        Assert.Equal(["own", "a", "b", "c"], targets.Select(target => target.Name));
        Assert.All(targets, target => Assert.Equal((TimeSpan.FromMinutes(1), "prod"), (target.Interval, target.Labels[0].Value)));
        Assert.Equal(new PinnedFile(_files.Path("certs/ca.crt")), targets[2].ExpectedCertificates.Issuer); // relative to the configuration
    }

    [Fact]
    public void A_mistake_is_reported_with_its_file_line_and_column()
    {
        _files.Write("targets.d/a.yml", "- name: a\n  address: a.test:443\n  interval: 30\n- name: own\n  address: b.test:443\n");
        _files.Write("targets.d/b.yml", "- name: a\n  adress: a.test:443\n- address: c.test:443\n  timeout: 2m\n");
        _files.Write("targets.d/c.yml", "targets: []\n");
        _files.Write("targets.d/d.yml", "# nothing yet\n");
        _files.Write("targets.d/e.yml", "- { name: e, address: 'e.test:443'\n");
        _files.Write("targets.d/f.yml", [(byte)'-', (byte)' ', 0xff]);

        Assert.Equal(
            """
            DIR/mtlsprobe.yml:3:34: targets_files[1]: DIR/gone.yml does not exist
            DIR/mtlsprobe.yml:3:44: targets_files[2]: DIR/gone does not exist
              hint: make the folder, which may be empty
            DIR/targets.d/a.yml:3:13: a.interval: "30" has no unit
              hint: write 30s for seconds
            DIR/targets.d/a.yml:4:9: own.name: another target has this name, in DIR/mtlsprobe.yml:1
              hint: names are unique
            DIR/targets.d/b.yml:1:9: a.name: another target has this name, in DIR/targets.d/a.yml:1
              hint: names are unique
            DIR/targets.d/b.yml:2:3: a.adress: unknown key
              hint: did you mean address?
            DIR/targets.d/b.yml:3:3: [1]: has no name
              hint: name: NAME, it is on every series
            DIR/targets.d/b.yml:4:12: [1].timeout: the timeout of 2m is longer than the interval of 1m
              hint: a probe has to end before the next one begins
            DIR/targets.d/c.yml:1:1: the file has to be a list of targets, not a mapping of keys to values
              hint: write what would stand below targets, beginning with a dash: - name: NAME
            DIR/targets.d/d.yml:1:1: the file is empty
              hint: it needs a list of targets; write [] where there is none
            DIR/targets.d/e.yml:2:1: this is not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
              hint: look for a [ or { that is not closed
            DIR/targets.d/f.yml:1:3: is not UTF-8 from here on
              hint: save the file as UTF-8

            """,
            Mistakes("""
                targets: [{ name: own, address: 'own.test:443' }]
                defaults: { interval: 1m }
                targets_files: [targets.d/*.yml, gone.yml, gone/*.yml]
                """));
    }

    [Fact]
    public void A_mistake_in_the_defaults_is_reported_at_its_own_place()
    {
        _files.Write("a.yml", "- { name: a, address: 'a.test:443', interval: 1s }\n");

        Assert.Equal(
            "DIR/a.yml:1:47: a.interval: the timeout of 2s is longer than the interval of 1s\n  hint: a probe has to end before the next one begins\n",
            Mistakes("defaults: { timeout: 2s }\ntargets_files: [a.yml]\n"));
    }

    [Fact]
    public void A_pattern_does_not_match_the_configuration_itself_and_can_match_nothing()
    {
        _files.Write("a.yml", "- { name: a, address: 'a.test:443' }\n");

        Assert.Equal("a", Assert.Single(Valid("targets_files: ['*.yml', '*.yaml']\n").Targets).Name);
        Assert.Empty(Valid("targets_files:\n  # - '*.yml'\n").Targets);
    }

    [Fact]
    public void A_pattern_without_a_match_is_remembered()
    {
        _files.Write("a.yml", "[]");
        var read = ConfigurationFile.Load(_files.Write("mtlsprobe.yml", "targets_files: [a.yml, '*.yaml', 'mtls*.yml', 'a.*']\n"), BuiltInProtocols.All, isFollowed: true);

        Assert.Empty(read.Errors);
        Assert.Equal(["targets_files[1]", "targets_files[2]"], read.FitNothing);
    }

    [Fact]
    public void The_configuration_itself_is_not_among_its_files()
    {
        Assert.Equal(
            "DIR/mtlsprobe.yml:1:17: targets_files[0]: is this configuration itself\n  hint: it names other files, with a list of targets in each\n",
            Mistakes("targets_files: [mtlsprobe.yml]\n"));
    }

    [Fact]
    public void A_folder_below_a_pattern_that_cannot_be_read_refuses_the_configuration()
    {
        _files.Write("teams/a/targets.yml", "- { name: a, address: 'a.test:443' }\n");
        Directory.CreateSymbolicLink(_files.Path("teams/b"), "/nonexistent/b");

        Assert.Equal(
            "DIR/mtlsprobe.yml:1:17: targets_files[0]: DIR/teams/b is a broken link, or a link to a place that this user may not read\n",
            Mistakes("targets_files: [teams/*/targets.yml]\n"));
    }

    [Fact]
    public void A_file_whose_name_equals_its_pattern_is_read()
    {
        _files.Write("a*.yml", "- { name: a, address: 'a.test:443' }\n");

        Assert.Equal("a", Assert.Single(Valid("targets_files: ['a*.yml']\n").Targets).Name);
    }

    [Fact]
    public void Files_beyond_the_limit_are_never_cut_silently()
    {
        foreach (var i in Enumerable.Range(0, 5001))
        {
            _files.Write($"one/{i}.yml", "[]");
            if (i < 5000) _files.Write($"two/{i}.yml", "[]");
        }

        Assert.Equal("DIR/mtlsprobe.yml:1:16: targets_files: names more than 10,000 files altogether\n  hint: write more targets into each file\n", Mistakes("targets_files: ['one/*', 'two/*']\n"));
        File.Delete(_files.Path("one/0.yml"));
        Assert.Empty(Valid("targets_files: ['one/*', 'two/*']\n").Targets);
    }

    [Fact]
    public void Patterns_are_counted()
    {
        Assert.StartsWith("DIR/mtlsprobe.yml:1:16: targets_files: has more than 100 entries\n", Mistakes($"targets_files: [{string.Join(", ", Enumerable.Range(0, 101).Select(i => $"{i}.yml"))}]\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_among_them_hangs_nothing()
    {
        _files.Pipe("a.yml");

        Assert.Equal("DIR/mtlsprobe.yml:1:17: targets_files[0]: DIR/a.yml is a pipe or a device, not a regular file: it could not be read again\n", Mistakes("targets_files: [a.yml]\n"));
    }

    private Configuration Valid(string configuration)
    {
        var read = ConfigurationFile.Load(_files.Write("mtlsprobe.yml", configuration), BuiltInProtocols.All, isFollowed: true);
        Assert.Empty(read.Errors);
        return read.Configuration!;
    }

    private string Mistakes(string configuration)
    {
        var read = ConfigurationFile.Load(_files.Write("mtlsprobe.yml", configuration), BuiltInProtocols.All, isFollowed: true);
        Assert.Null(read.Configuration);
        return string.Concat(read.Errors.Select(error => error + "\n")).Replace(_files.Directory, "DIR", StringComparison.Ordinal);
    }
}
