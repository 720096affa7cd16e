using MtlsProbe.Files;
using MtlsProbe.Loops;
using MtlsProbe.Model;
using MtlsProbe.Pkcs11;

namespace MtlsProbe.Credentials;

/// <summary>
/// A credential whose chain is in a file, and whose key stays in a token. The files are polled. The token is tried when one of them changes, and
/// repeatedly after a temporary fault, at growing intervals; but never again with a PIN that it has refused.
/// </summary>
/// <param name="replaces">As in <see cref="MaterialSources.Credential"/>.</param>
/// <param name="usualModule">The module for URIs that name none; null: there is none.</param>
/// <param name="once">The files are read once and not followed, and the token is tried once.</param>
internal sealed class TokenSource(TokenFiles source, CredentialSource? replaces, string? usualModule, TimeProvider time, bool once) : IFileSource<Credential>
{
    private readonly Lock _gate = new();
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    private readonly TokenLoader _loader = new(source, usualModule);
    private Held<Credential>? _holder;
    private FileFollower? _follower;
    private ITimer? _again;

    public MaterialFault NothingYet { get; } = new(Reasons.TokenUnavailable, $"{string.Join(", ", source.Places)}: one of the files, or the token, does not answer");

    private List<string> Paths => [source.Certificate, .. source.PinFile is { } pin ? (string[])[pin] : []];

    public FileFollower Open(Held<Credential> holder)
    {
        _holder = holder;
        _loader.Failed = Lost;
        return _follower = new FileFollower(() => FileSet.Read(Paths, MaterialFiles.MaxSize, mayBePipes: once), Take, time)
        {
            NoAnswer = () => holder.Complain(NothingYet),
            Failed = holder.Failed,
        };
    }

    public Look<Credential> Look()
    {
        using var files = MaterialFiles.ReadPatiently(Paths, mayBePipes: once);
        Material<Credential>? found = null;
        PatientReads.Run([() => Volatile.Write(ref found, Decode(files))], FileSet.PatienceWithPipes);
        return new Look<Credential>(Volatile.Read(ref found) ?? new Material<Credential>(null, NothingYet), [.. files.Faults]);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            (_holder, _follower) = (null, null);
            _again?.Dispose();
        }

        _loader.Close();
    }

    private void Take(FileSet files)
    {
        var found = Decode(new MaterialFiles(files));
        Held<Credential>? holder;
        lock (_gate) holder = _holder;
        if (found.Fault is not null) TryAgain(); // even after a fault of the PIN: the owner of the token may have reset the attempts, and a PIN that was refused is not sent again
        else lock (_gate) _backoff.Reset();
        holder?.Take(found);
    }

    /// <summary>Called when a probe got no signature.</summary>
    private void Lost(TokenException fault)
    {
        Held<Credential>? holder;
        lock (_gate) holder = _holder;
        holder?.Complain(new MaterialFault(fault.Reason, fault.Message));
        TryAgain();
    }

    private void TryAgain()
    {
        if (once) return;
        lock (_gate)
        {
            if (_follower is not { } follower || _again is not null) return;
            _again = time.CreateTimer(_ => Again(follower), null, _backoff.Next(), Timeout.InfiniteTimeSpan);
        }
    }

    private void Again(FileFollower follower)
    {
        lock (_gate)
        {
            _again?.Dispose();
            _again = null;
        }

        follower.TakeAgain();
    }

    /// <summary>A replacement whose certificate does not exist yet is not staged; its PIN and its key can be those of the credential in use.</summary>
    private Material<Credential> Decode(MaterialFiles files) =>
        replaces is not null && files.IsMissing(source.Certificate) && !replaces.Places.Contains(source.Certificate) ? new(null, null) : _loader.Decode(files);
}
