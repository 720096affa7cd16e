using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Packaging;

/// <summary>What release.sh checks before it builds anything, and what is checked of all scripts.</summary>
public sealed class ReleaseScriptTests : IDisposable
{
    /// <summary>Programs that do nothing, or print their arguments.</summary>
    private const string Stub = "#!/bin/sh\necho \"${0##*/} $*\" >&2\nexit 9\n";

    private readonly Workspace _workspace = new("release");

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("1.2")]
    [InlineData("v1.2.3")]
    [InlineData("1.02.3")]
    [InlineData("1.2.3-01")]
    [InlineData("1.2.3-rc..1")]
    [InlineData("1.2.3+build")]
    [InlineData("1.2.3\n4")]
    [InlineData("$(touch pwned)")]
    public async Task A_version_that_is_not_semantic_is_refused(string version) =>
        Assert.Equal((2, $"release.sh: \"{version}\" is not a version: write it like 1.2.3 or 1.2.3-rc.1\n"), await Release(version));

    [Theory]
    [InlineData("1.2.3")]
    [InlineData("10.20.30-rc.1")]
    [InlineData("0.0.0-dev")]
    [InlineData("1.0.0-x-y.0.1a")]
    public async Task A_semantic_version_is_built(string version)
    {
        Assert.Equal((9, "dotnet tool restore --verbosity quiet\n"), await Release(version));
        Assert.True(Directory.Exists(_workspace.PathOf($"source/artifacts/release/{version}")));
    }

    [Fact]
    public async Task The_tag_of_the_commit_is_the_version()
    {
        Assert.Equal((2, "release.sh: this commit has no tag like v1.2.3, so the version must be given: ./release.sh 1.2.3\n"), await Release());

        await Git("tag v3.2.1");

        Assert.Equal(9, (await Release()).Code);
        Assert.True(Directory.Exists(_workspace.PathOf("source/artifacts/release/3.2.1")));
        Assert.Equal((2, "release.sh: the tag of this commit is v3.2.1, not v1.2.3: check out the commit that you mean, or tag it\n"), await Release("1.2.3"));
    }

    [Fact]
    public async Task Of_several_tags_one_must_be_chosen()
    {
        await Source();
        await Git("tag v3.2.1");
        await Git("tag v3.2.1-rc.2");

        Assert.Equal((2, "release.sh: this commit has several tags (v3.2.1 v3.2.1-rc.2), so the version must be given: ./release.sh 3.2.1\n"), await Release());
        Assert.Equal(9, (await Release("3.2.1-rc.2")).Code);
        Assert.True(Directory.Exists(_workspace.PathOf("source/artifacts/release/3.2.1-rc.2")));
    }

    [Theory]
    [InlineData("echo '# changed' >> release.sh")]
    [InlineData("touch new")]
    public async Task Files_that_are_not_committed_are_refused(string change)
    {
        await Source();
        await Shell(change);

        Assert.Equal((2, "release.sh: a release contains only what is committed, and 'git status' shows changes: commit or stash them\n"), await Release("1.2.3"));
    }

    [Fact]
    public async Task All_programs_that_are_missing_are_named_at_once()
    {
        await Source();
        var folder = _workspace.Folder("few");
        foreach (var program in (string[])["bash", "dirname", "git", "uname"]) File.CreateSymbolicLink(Path.Combine(folder, program), Needs.Find(program));

        var (code, output) = await Shell($"PATH={folder} ./release.sh 1.2.3");

        Assert.Equal(2, code);
        Assert.StartsWith("release.sh: missing: dotnet gcc objcopy readelf jq tar gzip xz dpkg-deb dpkg-query. ", output, StringComparison.Ordinal);
    }

    [NeedsFact("shellcheck")]
    public async Task Shellcheck_finds_nothing_in_the_scripts()
    {
        string[] folders = ["packaging", "packaging/tests", "packaging/debian", "examples/kubernetes"];
        var scripts = folders.SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder)))
            .Where(file => File.ReadLines(file).First() is "#!/usr/bin/env bash" or "#!/bin/sh")
            .Append(Path.Combine(Repository.Root, "release.sh")).Append(Path.Combine(Repository.Root, "test.sh")).ToList();

        Assert.True(scripts.Count >= 13);
        await using var shellcheck = ChildProcess.StartGroup("shellcheck", "shellcheck", ["--severity=warning", .. scripts]);
        Assert.True(await shellcheck.Exit(TimeSpan.FromMinutes(1)) == 0, shellcheck.Output);
    }

    private async Task<(int Code, string Output)> Release(params IEnumerable<string> arguments)
    {
        await Source();
        return await Shell("PATH=$PWD/../stubs:$PATH ./release.sh \"$@\"", arguments);
    }

    /// <summary>A repository that contains only the script, and stubs for the build tools.</summary>
    private async Task Source()
    {
        if (Directory.Exists(_workspace.PathOf("source"))) return;
        Directory.CreateDirectory(_workspace.PathOf("source"));
        File.Copy(Path.Combine(Repository.Root, "release.sh"), _workspace.PathOf("source/release.sh"));
        _workspace.Write("source/.gitignore", "artifacts/\n");
        foreach (var program in (string[])["dotnet", "gcc", "objcopy", "readelf", "jq", "xz", "dpkg-deb"])
            File.SetUnixFileMode(_workspace.Write($"stubs/{program}", Stub), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await Git("init --quiet");
        await Git("add .");
        await Git("commit --quiet --message first");
    }

    private async Task Git(string command)
    {
        var (code, output) = await Shell($"git -c user.name=test -c user.email=test@localhost {command}");
        Assert.True(code == 0, output);
    }

    private async Task<(int Code, string Output)> Shell(string script, params IEnumerable<string> arguments)
    {
        await using var process = ChildProcess.StartGroup(
            "release.sh", "bash", ["-c", "cd \"$0\"\n" + script, _workspace.PathOf("source"), .. arguments],
            new Dictionary<string, string> { ["HOME"] = _workspace.Root, ["GIT_CONFIG_NOSYSTEM"] = "1" });
        var code = await process.Exit(TimeSpan.FromMinutes(1));
        return (code, process.Output);
    }
}
