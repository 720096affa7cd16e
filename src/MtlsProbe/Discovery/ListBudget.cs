namespace MtlsProbe.Discovery;

/// <summary>Limits the size of all files of one source together, since what is kept of them grows with their size. Thread-safe.</summary>
internal sealed class ListBudget
{
    /// <summary>In bytes.</summary>
    public const int MaxSize = 2 * TargetGroups.MaxSize;

    private readonly Lock _gate = new();
    private int _used;

    /// <summary>Replaces the size of a file by another. False if that would exceed the limit; then nothing has changed.</summary>
    public bool TryReplace(int before, int after)
    {
        lock (_gate)
        {
            if (after > before && _used - before + after > MaxSize) return false;
            _used += after - before;
            return true;
        }
    }
}
