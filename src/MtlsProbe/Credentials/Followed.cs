namespace MtlsProbe.Credentials;

/// <summary>
/// Follows the files behind one credential or trust bundle. A change is taken when two polls in a row read the same, so that files
/// which are being written, or of which only some are in place yet, are not judged. What was good stays in use until something
/// better is there.
/// </summary>
internal sealed class Followed<T>
    where T : class
{
    private readonly Func<MaterialFiles> _read;
    private readonly Func<MaterialFiles, Material<T>> _decode;
    private readonly Func<MaterialFiles, bool>? _isAbsent;
    private volatile Material<T> _current;
    private volatile IReadOnlyList<T> _recent = [];
    private string _judged;
    private string _seen;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="isAbsent">Whether files that are missing mean that there is nothing, and no fault; null: they are a fault.</param>
    public Followed(Func<MaterialFiles> read, Func<MaterialFiles, Material<T>> decode, Func<MaterialFiles, bool>? isAbsent = null)
    {
        (_read, _decode, _isAbsent) = (read, decode, isAbsent);
        using var files = read();
        _judged = _seen = files.Stamp;
        _current = Judge(files, null);
    }

    /// <summary>May be read from any thread while another polls.</summary>
    public Material<T> Current => _current;

    /// <summary>The last two good ones, the newest first, also after their files are gone.</summary>
    public IReadOnlyList<T> Recent => _recent;

    /// <summary>Reads the files again; true when something else is in use or another fault is there. For one thread at a time.</summary>
    public bool Poll()
    {
        using var files = _read();
        var settled = files.Stamp == _seen;
        _seen = files.Stamp;
        if (!settled || files.Stamp == _judged) return false;
        _judged = files.Stamp;
        var before = _current;
        _current = Judge(files, before.Good);
        return _current != before;
    }

    private Material<T> Judge(MaterialFiles files, T? lastGood)
    {
        if (_isAbsent?.Invoke(files) is true) return new Material<T>(null, null);
        var fresh = _decode(files);
        if (fresh.Good is { } good) _recent = [good, .. _recent.Take(1)];
        return fresh.Good is null ? fresh with { Good = lastGood } : fresh;
    }
}
