using MtlsProbe.Inventories;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Inventories;

/// <summary>Stored certificates are followed.</summary>
public sealed class InventoryStoreTests : IAsyncDisposable
{
    private static readonly TestCertificate s_root = TestPki.Root("Root");

    private readonly TempFiles _files = new();
    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly RecordingLogger<InventoryStore> _log = new();
    private readonly InventoryStore _store;
    private readonly Loop _loop;
    private Task _running = Task.CompletedTask;
    private int _changes;

    public InventoryStoreTests()
    {
        _loop = new Loop("inventory", _time);
        _store = new InventoryStore(_time, _log, _loop);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task Every_kind_of_place_is_read_and_each_certificate_has_its_place()
    {
        var (leaf, client) = (s_root.Leaf("a.test"), s_root.Client("client"));
        _files.Write("tls/a.crt", leaf.KeyPem + leaf.CertificatePem + s_root.CertificatePem);
        _files.Write("tls/a.der", leaf.Der);
        _files.Write("tls/a.key", leaf.KeyPem);
        _files.Write("kube/config", $"users: [{{ user: {{ client-certificate: ../client.crt }} }}]");
        _files.Write("client.crt", client.CertificatePem);
        _files.Write("store.p12", TempFiles.Pkcs12("storepass", client));
        _files.Write("storepass", "storepass\n");
        await Start(new InventorySource("web") { Files = [_files.Path("tls/*")], Kubeconfigs = [_files.Path("kube/*")], Keystores = [_files.Path("*.p12")], PassphraseFile = _files.Path("storepass") });
        await Until(() => _store.Snapshot() is [{ Certificates.Count: 5, IsWhole: true }]);

        Assert.Equal(
            ["client.crt CN=client", "store.p12 CN=client", "tls/a.crt CN=Root", "tls/a.crt CN=a.test", "tls/a.der CN=a.test"],
            _store.Snapshot()[0].Certificates.Select(stored => $"{Path.GetRelativePath(_files.Directory, stored.Path)} {stored.Certificate.Subject}").Order(StringComparer.Ordinal));
        Assert.Equal(InventoryGaps.None, _store.Snapshot()[0].LeftOut);
        Assert.All(_store.Snapshot()[0].Certificates, stored => Assert.True(stored.Certificate.Der.IsEmpty));
    }

    [Fact]
    public async Task A_file_is_followed_when_it_changes_appears_or_disappears()
    {
        var (one, two) = (s_root.Leaf("a.test"), s_root.Leaf("b.test"));
        _files.Write("a.crt", one.CertificatePem);
        await Start(new InventorySource("web") { Files = [_files.Path("*.crt")] });
        await Until(() => Subjects() is ["CN=a.test"]);

        _files.Write("b.crt", two.CertificatePem);
        await Until(() => Subjects() is ["CN=a.test", "CN=b.test"]);
        _files.Write("a.crt", two.CertificatePem);
        await Until(() => Subjects() is ["CN=b.test", "CN=b.test"]);
        File.Delete(_files.Path("a.crt"));
        await Until(() => Subjects() is ["CN=b.test"]);
        Assert.Equal(4, _changes);
    }

    [Fact]
    public async Task The_last_content_stays_while_a_file_is_unreadable_and_this_is_counted_and_reported_once()
    {
        _files.Write("a.crt", s_root.CertificatePem);
        await Start(new InventorySource("web") { Files = [_files.Path("a.crt"), _files.Path("gone.crt")] });
        await Until(() => Subjects() is ["CN=Root"]);
        Assert.Equal([$"{_files.Path("gone.crt")} does not exist"], _store.Snapshot()[0].LeftOut.Problems);

        _files.Write("a.crt", s_root.CertificatePem[..^60]);
        await Until(() => _store.Snapshot()[0].LeftOut.Unreadable == 2);
        await Until(() => _loop.LastTurn > _time.GetUtcNow() - InventoryStore.Period);

        Assert.Equal(["CN=Root"], Subjects());
        Assert.Equal(
            [$"Inventory web: {_files.Path("gone.crt")} does not exist", $"Inventory web: {_files.Path("a.crt")} is damaged: no certificate in it can be read"],
            _log.TakeShown().Select(line => line.Text).Where(message => !message.Contains("certificates at", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Another_configuration_is_followed_from_the_next_turn_on()
    {
        _files.Write("a.crt", s_root.CertificatePem);
        await Start(new InventorySource("web") { Files = [_files.Path("a.crt")] });
        await Until(() => Subjects() is ["CN=Root"]);

        _store.Follow(Configuration());
        await Until(() => _store.Snapshot().Count == 0);
    }

    [Fact]
    public void The_room_is_limited_and_released_room_is_available_again()
    {
        var room = new CertificateRoom(10);

        Assert.Equal(7, room.Exchange(0, 7));
        Assert.Equal(3, room.Exchange(0, 7));
        Assert.Equal(5, room.Exchange(7, 5));
        Assert.Equal(2, room.Exchange(0, 5));
    }

    [Fact]
    public void Parts_that_were_left_out_for_lack_of_room_are_read_once_there_is_some()
    {
        _files.Write("a.crt", s_root.Leaf("a.test").CertificatePem);
        _files.Write("b.crt", s_root.Leaf("b.test").CertificatePem);
        using var inventory = new FollowedInventory(new InventorySource("web") { Files = [_files.Path("*.crt")] }, new CertificateRoom(1), _time, fault => Assert.Fail(fault.Message));
        Turn();
        Assert.Equal(("CN=a.test", 1), Found());

        File.Delete(_files.Path("a.crt"));
        for (var turn = 0; turn < 3; turn++) Turn();
        Assert.Equal(("CN=b.test", 0), Found());

        void Turn()
        {
            inventory.Look(CancellationToken.None);
            foreach (var follower in inventory.Followers) follower.Poll();
        }

        (string Subjects, int LeftOut) Found() => (string.Join(' ', inventory.State().Certificates.Select(stored => stored.Certificate.Subject)), inventory.State().LeftOut.Certificates);
    }

    private IReadOnlyList<string> Subjects() => [.. _store.Snapshot().SelectMany(inventory => inventory.Certificates).Select(stored => stored.Certificate.Subject).Order(StringComparer.Ordinal)];

    private Task Start(params InventorySource[] sources)
    {
        _store.Follow(Configuration(sources));
        _running = _store.RunAsync(() => _changes++, _stop.Token);
        return _time.TimersArmed(2);
    }

    private async Task Until(Func<bool> isSo)
    {
        for (var turn = 0; turn < 20 && !isSo(); turn++)
        {
            _time.Advance(InventoryStore.Period);
            for (var i = 0; i < 500 && !isSo() && _time.ArmedTimers < 2; i++) await Task.Delay(1);
        }

        Assert.True(isSo());
    }

    private static Configuration Configuration(params InventorySource[] sources) => new() { Targets = [], Identities = [], Trusts = [], Inventories = [.. sources] };
}
