using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Inventories;

/// <summary>
/// One file of an inventory, followed by its content. Its last content stays while it cannot be read. Only the shown facts of its certificates are
/// kept. Thread-safe.
/// </summary>
internal sealed class FollowedPlace : IDisposable
{
    /// <summary>Maximum bytes of a file.</summary>
    private const int MaxSize = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly string _inventory;
    private readonly string? _passphraseFile;
    private readonly CertificateRoom _room;
    private volatile PlaceState _state = PlaceState.Unread;
    private volatile bool _isCut;
    private bool _isDisposed;

    /// <param name="inventory">Its name.</param>
    /// <param name="passphraseFile">For a keystore; null if none is configured.</param>
    /// <param name="failed">Called with unexpected errors.</param>
    public FollowedPlace(PlaceKey key, string inventory, string? passphraseFile, CertificateRoom room, TimeProvider time, Action<Exception> failed)
    {
        (Key, _inventory, _passphraseFile, _room) = (key, inventory, passphraseFile, room);
        string[] paths = passphraseFile is null ? [key.Path] : [key.Path, passphraseFile];
        Follower = new FileFollower(() => FileSet.Read(paths, MaxSize), Take, time)
        {
            NoAnswer = () => Complain(FileProblem.NoAnswer.Text),
            Failed = failed,
        };
    }

    public PlaceKey Key { get; }

    public FileFollower Follower { get; }

    public PlaceState State => _state;

    /// <summary>Call this periodically: content that was left out for lack of room is read again when there is some.</summary>
    public void UseRoom()
    {
        if (_isCut && _room.Left > 0) Follower.TakeAgain();
    }

    /// <summary>Drops its content and ends the following.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            _room.Exchange(_state.Certificates.Count, 0);
        }
    }

    private void Take(FileSet files)
    {
        var file = files[Key.Path];
        if (file.Problem is { Kind: FileProblemKind.Missing } gone) Hold(StoredContent.Broken(gone.Text), []);
        else if (file.Problem is { } problem) Complain(problem.Text);
        else if (_passphraseFile is not null && files[_passphraseFile].Problem is { } locked) Complain($"cannot be opened: {_passphraseFile} {locked.Text}");
        else
        {
            var (content, names) = Read(file.Bytes, _passphraseFile is null ? [] : files[_passphraseFile].Bytes);
            if (content.Problem is { } broken) Complain(broken);
            else Hold(content, names);
        }
    }

    private (StoredContent Content, ValueList<string> Names) Read(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> passphrase)
    {
        switch (Key.Kind)
        {
            case PlaceKind.Kubeconfig:
                var (content, names) = Kubeconfig.Read(bytes, Key.Path);
                return (content, names);
            case PlaceKind.Keystore:
                return (Keystore.Read(bytes, passphrase), []);
            default:
                return (PemCertificates.Read(bytes), []);
        }
    }

    private void Hold(StoredContent content, ValueList<string> names)
    {
        List<Certificates.Certificate> distinct = [.. content.Certificates.Distinct()];
        lock (_gate)
        {
            if (_isDisposed) return;
            var room = _room.Exchange(_state.Certificates.Count, distinct.Count);
            _isCut = room < distinct.Count;
            _state = new PlaceState(
                distinct.Take(room).Select(certificate => StoredCertificate.Of(_inventory, Key.Path, certificate)).ToValueList(),
                content.LeftOut + distinct.Count - room)
            {
                Problem = content.Problem,
                Names = names,
            };
        }
    }

    private void Complain(string problem)
    {
        lock (_gate) _state = _state with { Problem = problem, IsRead = true };
    }
}

/// <summary>Identifies a followed file; the same file can be read in several ways.</summary>
internal sealed record PlaceKey(string Path, PlaceKind Kind);

/// <summary>How a file is read.</summary>
internal enum PlaceKind
{
    /// <summary>PEM or DER.</summary>
    Certificates,
    Kubeconfig,

    /// <summary>PKCS#12, JKS or JCEKS.</summary>
    Keystore,
}

/// <summary>The content and state of one place.</summary>
/// <param name="Certificates">Without duplicates.</param>
/// <param name="LeftOut">How many more there are, or blocks that only claim to be certificates.</param>
internal sealed record PlaceState(ValueList<StoredCertificate> Certificates, int LeftOut)
{
    public static readonly PlaceState Unread = new([], 0) { IsRead = false };

    /// <summary>Whether it has been read at least once.</summary>
    public bool IsRead { get; init; } = true;

    /// <summary>Why its current content cannot be read, as the continuation of a sentence that begins with the path; null if it can.</summary>
    public string? Problem { get; init; }

    /// <summary>Files that it refers to, as absolute paths.</summary>
    public ValueList<string> Names { get; init; } = [];
}
