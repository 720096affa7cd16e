using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Packaging;

/// <summary>What the Debian package contains. packaging/test.sh installs it.</summary>
public sealed partial class DebianPackageTests(DebianPackage package) : IClassFixture<DebianPackage>
{
    [Fact]
    public async Task It_has_the_program_the_service_the_configuration_the_pages_and_the_notices()
    {
        var files = (await Contents()).Select(entry => entry.Path).ToHashSet();

        Assert.Superset(
            new HashSet<string>
            {
                "./usr/bin/mtlsprobe", "./usr/lib/systemd/system/mtlsprobe.service", "./etc/mtlsprobe/mtlsprobe.yml", "./etc/default/mtlsprobe",
                "./usr/share/man/man1/mtlsprobe.1.gz", "./usr/share/man/man1/mtlsprobe-serve.1.gz", "./usr/share/man/man1/mtlsprobe-check-config.1.gz",
                "./usr/share/bash-completion/completions/mtlsprobe", "./usr/share/zsh/vendor-completions/_mtlsprobe", "./usr/share/fish/vendor_completions.d/mtlsprobe.fish",
                "./usr/share/doc/mtlsprobe/copyright", "./usr/share/doc/mtlsprobe/THIRD-PARTY-NOTICES.gz", "./usr/share/doc/mtlsprobe/mtlsprobe.cdx.json.gz",
            },
            files);
        Assert.Equal(
            ["/etc/default/mtlsprobe", "/etc/mtlsprobe/mtlsprobe.yml"],
            (await DebianPackage.Run("dpkg-deb", "--info", package.File, "conffiles")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Its_files_belong_to_root_are_readable_for_everybody_and_have_the_date_of_the_release() => Assert.All(
        await Contents(),
        entry => Assert.Equal(
            (entry.Path.EndsWith('/') || entry.Path == "./usr/bin/mtlsprobe" ? "rwxr-xr-x" : "rw-r--r--", "root/root", "2026-01-02 03:04"),
            (entry.Mode[1..], entry.Owner, entry.Date)));

    [Fact]
    public async Task Its_version_sorts_before_the_release_and_its_libraries_are_those_that_the_program_needs()
    {
        var fields = await DebianPackage.Run("dpkg-deb", "--field", package.File, "Version", "Depends");

        Assert.Matches(@"^Version: 1\.2\.3~rc\.1\nDepends: adduser, libc6 \(>= 2\.\d+\), libssl3 \| libssl3t64\n$", fields);
        await DebianPackage.Run("dpkg", "--compare-versions", "1.2.3~rc.1", "lt", "1.2.3");
    }

    [Fact]
    public async Task The_same_files_make_the_same_bytes() =>
        Assert.Equal(SHA256.HashData(File.ReadAllBytes(package.File)), SHA256.HashData(File.ReadAllBytes(await package.Again())));

    [NeedsFact("lintian")]
    public async Task Lintian_finds_nothing() => Assert.Equal("", await DebianPackage.Run("lintian", "--allow-root", "--fail-on", "none", package.File));

    [NeedsFact("systemd-analyze")]
    public async Task Systemd_finds_no_mistake_in_the_unit_and_little_exposure()
    {
        using var workspace = new Workspace("unit");
        var unit = workspace.Write("mtlsprobe.service", Command().Replace(File.ReadAllText(Path.Combine(Repository.Root, "packaging", "mtlsprobe.service")), "ExecStart=/bin/true"));

        Assert.Equal("", await DebianPackage.Run("systemd-analyze", "verify", "--man=no", unit));
        var security = await DebianPackage.Run("systemd-analyze", "security", "--offline=true", "--no-pager", unit);
        Assert.InRange(double.Parse(Exposure().Match(security).Groups[1].Value, CultureInfo.InvariantCulture), 0, 1.5); // of 10
    }

    /// <summary>As <c>tar --list --verbose</c> prints it.</summary>
    private async Task<IReadOnlyList<(string Mode, string Owner, string Date, string Path)>> Contents() =>
    [
        .. (await DebianPackage.Run("dpkg-deb", "--contents", package.File)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => (words[0], words[1], $"{words[3]} {words[4]}", words[5])),
    ];

    [GeneratedRegex(@"^ExecStart=.*", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"exposure level for mtlsprobe\.service: ([\d.]+)")]
    private static partial Regex Exposure();
}
