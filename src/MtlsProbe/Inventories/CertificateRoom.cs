namespace MtlsProbe.Inventories;

/// <summary>How many certificates all inventories together may keep. Thread-safe.</summary>
internal sealed class CertificateRoom(int most)
{
    /// <summary>Of one process; some 40 MB.</summary>
    public const int MostCertificates = 20_000;

    private readonly Lock _gate = new();
    private int _left = most;

    /// <summary>The present room; other code may take it at any time.</summary>
    public int Left
    {
        get { lock (_gate) return _left; }
    }

    /// <summary>Returns the previous share, and takes a new one.</summary>
    /// <returns>The number that there is room for.</returns>
    public int Exchange(int had, int wanted)
    {
        lock (_gate)
        {
            _left += had;
            var given = Math.Min(_left, wanted);
            _left -= given;
            return given;
        }
    }
}
