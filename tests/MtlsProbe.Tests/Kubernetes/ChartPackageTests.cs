using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The package of the chart in a release, which <c>packaging/chart.sh</c> makes without helm.</summary>
public sealed class ChartPackageTests : IDisposable
{
    private const string Version = "1.2.3-rc.1";

    private readonly TempFiles _files = new();

    public void Dispose() => _files.Dispose();

    [NpmToolsFact]
    public async Task It_has_the_files_of_a_package_of_helm()
    {
        var ours = await Unpacked(await Package("ours"), "ours");
        await Chart.Helm("package", Chart.Folder, "--version", Version, "--app-version", Version, "--destination", _files.Directory);
        var helms = await Unpacked(_files.Path($"mtlsprobe-{Version}.tgz"), "helms");

        Assert.Equal((0, ""), await Tool.Run("", "diff", "--recursive", "--exclude", "Chart.yaml", helms, ours)); // helm sorts the keys of that one
    }

    [NpmToolsFact]
    public async Task Helm_accepts_it_and_deploys_the_image_of_its_version()
    {
        var package = await Package("package");

        var (exitCode, output, _) = await Chart.Helm(["lint", "--strict", "--quiet", package, .. Chart.Values("everything")]);
        Assert.True(exitCode == 0, output);
        var rendered = new Chart((await Chart.Template(package, "--set", "prometheusRule.enabled=true,dashboards.enabled=true")).Output);
        Assert.Equal($"registry.example/mtlsprobe:{Version}", rendered.Container.Text("image"));
        Assert.Equal(Version, rendered.Workload["metadata"]["labels"].Text("app.kubernetes.io/version"));
        Assert.NotEmpty(rendered.One("PrometheusRule")["spec"].List("groups"));
    }

    [Fact]
    public async Task It_has_the_same_bytes_each_time() => Assert.Equal(File.ReadAllBytes(await Package("first")), File.ReadAllBytes(await Package("second")));

    private async Task<string> Package(string folder)
    {
        var output = Directory.CreateDirectory(_files.Path(folder)).FullName;
        var (exitCode, _, error) = await Tool.RunIn(Repository.Root, "", Path.Combine(Repository.Root, "packaging", "chart.sh"), [Version, output], ("SOURCE_DATE_EPOCH", "1767323045"));
        Assert.True(exitCode == 0, error);
        return Path.Combine(output, $"mtlsprobe-{Version}.tgz");
    }

    private async Task<string> Unpacked(string package, string folder)
    {
        var output = Directory.CreateDirectory(_files.Path($"{folder}.unpacked")).FullName;
        var (exitCode, said) = await Tool.Run("", "tar", "--extract", "--file", package, "--directory", output);
        Assert.True(exitCode == 0, said);
        return output;
    }
}
