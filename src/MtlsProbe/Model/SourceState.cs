namespace MtlsProbe.Model;

/// <summary>The state of a source of credentials and trust bundles other than files: an agent, a vault, a cluster.</summary>
/// <param name="Kind">The key in the configuration: <c>spiffe</c>, <c>vault</c> or <c>kubernetes</c>.</param>
/// <param name="Address">Its address; never with a secret in it.</param>
internal sealed record SourceState(string Kind, string Address)
{
    /// <summary>Whether the last exchange with it succeeded; for a stream: whether it is open.</summary>
    public bool Connected { get; init; }

    /// <summary>
    /// When our copy was last known to be current: at the last successful exchange, or at the end of a stream that was complete until then. Null if
    /// never.
    /// </summary>
    public DateTimeOffset? LastUpdate { get; init; }

    /// <summary>Why it is not connected; null if it is. It contains no secret.</summary>
    public string? Fault { get; init; }

    /// <summary>Its name in metrics.</summary>
    public string Label => $"{Kind}:{Address}";

    /// <summary>
    /// One state for all requests to one address: connected if anything was delivered at the last attempt. A fault of a single secret does not count.
    /// </summary>
    /// <param name="states">The states of all sources.</param>
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
