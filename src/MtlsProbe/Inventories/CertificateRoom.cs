namespace MtlsProbe.Inventories;

/// <summary>Limits how many certificates all inventories keep together. Thread-safe.</summary>
internal sealed class CertificateRoom(int most)
{
    /// <summary>The limit of one process; about 40 MB.</summary>
    public const int MostCertificates = 20_000;

    private readonly Lock _gate = new();
    private int _left = most;

    /// <summary>The room that is left now; other threads can take it at any time.</summary>
    public int Left
    {
        get { lock (_gate) return _left; }
    }

    /// <summary>Returns the previous share and takes a new one.</summary>
    /// <returns>The number of certificates that may be kept.</returns>
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
