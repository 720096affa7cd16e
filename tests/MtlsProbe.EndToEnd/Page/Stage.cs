using MtlsProbe.Demo;
using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>
/// The servers and the exporter for the tests of the page: the servers of the demo inside the test process (so a test can take the steps of its
/// rotation), a server with a hostile certificate, and one exporter for all of them.
/// </summary>
public sealed class Stage : IAsyncLifetime
{
    private DemoStage _demo = null!;
    private HostileServer _hostile = null!;

    internal Chromium Browser { get; private set; } = null!;

    internal Exporter Exporter { get; private set; } = null!;

    /// <summary>The changes of a rotation.</summary>
    internal DemoRollout Rollout => _demo.Rollout;

    internal string Configuration { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Chromium.Missing is not null) return;
        var browser = Chromium.Share();
        _demo = await DemoStage.OpenAsync(TimeProvider.System);
        _hostile = new HostileServer();
        Configuration = Path.Combine(_demo.Files.Directory, "page.yml");
        await File.WriteAllTextAsync(Configuration, Patient(await File.ReadAllTextAsync(_demo.Files.Configuration)) + _hostile.Yaml);
        Exporter = await Exporter.Start(Configuration);
        Browser = await browser;
        await Exporter.Ready();
    }

    public async Task DisposeAsync()
    {
        if (Chromium.Missing is not null) return;
        await Browser.DisposeAsync();
        await Exporter.DisposeAsync();
        await _hostile.DisposeAsync();
        await _demo.DisposeAsync();
    }

    internal Task<View> Open(string fragment = "", Window? window = null) => Browser.Open(Exporter.Port, fragment, window);

    /// <summary>The same targets, with a timeout that a busy machine meets, and an interval that is just long enough.</summary>
    private static string Patient(string yaml)
    {
        Assert.Contains("interval: 5s\n  timeout: 3s\n", yaml, StringComparison.Ordinal);
        return yaml.Replace("interval: 5s\n  timeout: 3s\n", "interval: 4s\n  timeout: 3900ms\n", StringComparison.Ordinal);
    }
}

/// <summary>Tests that share the stage.</summary>
[CollectionDefinition(Name)]
public sealed class StageTests : ICollectionFixture<Stage>
{
    public const string Name = "page";
}
