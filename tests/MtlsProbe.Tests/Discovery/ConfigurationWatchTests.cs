using MtlsProbe.Config;
using MtlsProbe.Discovery;
using MtlsProbe.Files;
using MtlsProbe.Handshake;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Loops;

namespace MtlsProbe.Tests.Discovery;

public sealed class ConfigurationWatchTests : IAsyncDisposable
{
    private readonly TempFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _reloads;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_change_between_the_first_reading_and_the_start_is_noticed()
    {
        var file = _files.Write("mtlsprobe.yml", "targets: []");
        var loaded = ConfigurationFile.Load(file, BuiltInProtocols.All);
        _files.Write("mtlsprobe.yml", "targets: [] # new");

        await Watch(file, loaded);
        await Pass(3);

        Assert.Equal(1, _reloads);
    }

    [Fact]
    public async Task Known_content_is_not_loaded_again()
    {
        var file = _files.Write("mtlsprobe.yml", "targets: []");

        await Watch(file, ConfigurationFile.Load(file, BuiltInProtocols.All));
        await Pass(5);

        Assert.Equal(0, _reloads);
    }

    [Fact]
    public async Task Content_that_an_internal_error_kept_from_loading_is_loaded_again()
    {
        var file = _files.Write("mtlsprobe.yml", "targets: []");
        var watch = new ConfigurationWatch(file, ConfigurationFile.Load(file, BuiltInProtocols.All), new Loop("configuration", _time));
        List<Exception> faults = [];
        _running = watch.RunAsync(
            () =>
            {
                if (++_reloads == 1) throw new InvalidOperationException("no thread");
                watch.MarkLoaded(ConfigurationFile.Load(file, BuiltInProtocols.All, isFollowed: true));
                return Task.CompletedTask;
            },
            faults.Add,
            _stop.Token);
        await _time.TimersArmed();
        _files.Write("mtlsprobe.yml", "targets: [] # new");

        await Pass(5);

        Assert.Equal("no thread", Assert.Single(faults).Message);
        Assert.Equal(2, _reloads);
    }

    [Fact]
    public async Task A_pipe_in_place_of_the_file_is_reported_and_the_file_is_followed_again_once_it_is_back()
    {
        var file = _files.Write("mtlsprobe.yml", "targets: []");
        var loaded = ConfigurationFile.Load(file, BuiltInProtocols.All);
        File.Delete(file);
        _files.Pipe("mtlsprobe.yml");

        await Watch(file, loaded);
        await Pass(5);
        Assert.Equal(1, _reloads); // a line that says what is wrong

        File.Delete(file);
        _files.Write("mtlsprobe.yml", "targets: [] # new");
        await Pass(5);
        Assert.Equal(2, _reloads);
    }

    [Fact]
    public async Task A_file_with_more_targets_is_followed_when_it_changes_appears_or_disappears()
    {
        var file = _files.Write("mtlsprobe.yml", "targets_files: [targets.d/*.yml]");
        _files.Write("targets.d/a.yml", "[]");
        await Watch(file, ConfigurationFile.Load(file, BuiltInProtocols.All, isFollowed: true));
        await Pass(3);
        Assert.Equal(0, _reloads);

        _files.Write("targets.d/a.yml", "[] # new");
        await Pass(3);
        Assert.Equal(1, _reloads);

        _files.Write("targets.d/b.yml", "nonsense");
        await Pass(5);
        Assert.Equal(2, _reloads); // known, although it is bad

        _files.Write("targets.d/b.yml", "[]");
        await Pass(3);
        Assert.Equal(3, _reloads);

        File.Delete(_files.Path("targets.d/b.yml"));
        await Pass(3);
        Assert.Equal(4, _reloads);

        _files.Write("mtlsprobe.yml", "targets_files: [other.d/*.yml]"); // whose directory does not exist yet
        await Pass(3);
        Assert.Equal(5, _reloads);
        Directory.CreateDirectory(_files.Path("other.d"));
        await Pass(3);
        Assert.Equal(6, _reloads);

        _files.Write("mtlsprobe.yml", "targets_files: [teams/*/targets.yml]");
        _files.Write("teams/a/targets.yml", "[]");
        await Pass(3);
        Assert.Equal(7, _reloads);
        Directory.CreateSymbolicLink(_files.Path("teams/b"), "/nonexistent/b"); // an additional one that cannot be read
        await Pass(3);
        Assert.Equal(8, _reloads);
        File.Delete(_files.Path("teams/b"));
        await Pass(3);
        Assert.Equal(9, _reloads);
    }

    private async Task Watch(string file, ConfigurationResult loaded)
    {
        var watch = new ConfigurationWatch(file, loaded, new Loop("configuration", _time));
        _running = watch.RunAsync(
            () =>
            {
                _reloads++;
                watch.MarkLoaded(ConfigurationFile.Load(file, BuiltInProtocols.All, isFollowed: true));
                return Task.CompletedTask;
            },
            fault => Assert.Fail(fault.ToString()),
            _stop.Token);
        await _time.TimersArmed();
    }

    private async Task Pass(int periods)
    {
        for (var period = 0; period < periods; period++)
        {
            _time.Advance(FilePolls.Period);
            await _time.TimersArmed();
        }
    }
}
