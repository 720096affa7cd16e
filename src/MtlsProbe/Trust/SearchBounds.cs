namespace MtlsProbe.Trust;

/// <summary>
/// The limits for the cost of one verdict, whatever a hostile peer presents. Cached results count as much as others, so the verdict depends on its
/// input alone.
/// </summary>
internal sealed class SearchBounds
{
    /// <summary>Maximum number of presented certificates that are examined; libssl itself accepts 100 kB of them.</summary>
    public const int MaxPresented = 100;

    private int _paths = 32;
    private int _signatures = 40; // each certificate of a path needs one, so they limit its length too
    private int _known = 20;
    private int _signers = 20;
    private int _names = 100_000;

    /// <summary>Whether a limit was reached.</summary>
    public bool Exceeded { get; private set; }

    /// <summary>Takes one more path; false if there were enough.</summary>
    public bool TakePath() => Take(ref _paths, 1);

    /// <summary>Takes one more signature check.</summary>
    /// <param name="weight">1 for a check of 0.03 to 0.3 ms.</param>
    public bool TakeSignature(int weight) => Take(ref _signatures, weight);

    /// <summary>
    /// Takes one more check of a signature by an issuer that was not presented. It is counted separately: what others have presented must not change
    /// which paths are found.
    /// </summary>
    /// <param name="weight">As in <see cref="TakeSignature"/>.</param>
    public bool TakeKnown(int weight)
    {
        if (_known < weight) return false;
        _known -= weight;
        return true;
    }

    /// <summary>Takes one more signature check for a signer of revocation evidence, counted separately for the same reason.</summary>
    /// <param name="weight">As in <see cref="TakeSignature"/>.</param>
    public bool TakeSigner(int weight)
    {
        if (_signers < weight) return false;
        _signers -= weight;
        return true;
    }

    /// <summary>Takes one more name to read, or to compare with a constraint.</summary>
    /// <param name="weight">1 for about 0.05 µs: one comparison of usual length, or a few octets to read.</param>
    public bool TakeName(int weight) => Take(ref _names, weight);

    private bool Take(ref int left, int count)
    {
        if (left >= count)
        {
            left -= count;
            return true;
        }

        Exceeded = true;
        return false;
    }
}
