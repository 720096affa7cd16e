namespace MtlsProbe.Model;

/// <summary>How a source of credentials and trust bundles fares that is no file: an agent, a vault, a cluster.</summary>
/// <param name="Kind">As the configuration names it: <c>spiffe</c>, <c>vault</c> or <c>kubernetes</c>.</param>
/// <param name="Address">Where it is; never with a secret in it.</param>
internal sealed record SourceState(string Kind, string Address)
{
    /// <summary>Whether the last exchange with it was a good one; of a stream: whether it stands.</summary>
    public bool Connected { get; init; }

    /// <summary>
    /// When it was last known that what is held is what the source has: at the last good exchange, or when a stream ended that had told
    /// everything until then. Null while there has been no such time.
    /// </summary>
    public DateTimeOffset? LastUpdate { get; init; }

    /// <summary>Why there is none; null where there is. Never with a secret in it.</summary>
    public string? Fault { get; init; }

    /// <summary>What it is called in metrics.</summary>
    public string Label => $"{Kind}:{Address}";

    /// <summary>
    /// Of everything that comes from one place one state: connected where anything has come at the last try. What one secret of many lacks is
    /// its own fault.
    /// </summary>
    /// <param name="states">Of all that comes from anywhere.</param>
    public static IReadOnlyList<SourceState> Merged(IEnumerable<SourceState> states) =>
    [
        .. from state in states
           group state by (state.Kind, state.Address) into one
           let isConnected = one.Any(state => state.Connected)
           select new SourceState(one.Key.Kind, one.Key.Address)
           {
               Connected = isConnected,
               LastUpdate = one.Max(state => state.LastUpdate),
               Fault = isConnected ? null : one.Select(state => state.Fault).FirstOrDefault(fault => fault is not null),
           },
    ];
}
