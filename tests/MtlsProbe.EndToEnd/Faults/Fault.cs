using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>A server's misbehaviour and the right verdict.</summary>
/// <param name="Name">What the server does, as in the test's name.</param>
/// <param name="Verdict">As in the record; several, separated by <c>or</c>, if the network decides which comes first.</param>
/// <param name="Script">What the server does on each connection.</param>
internal sealed record Fault(string Name, string Verdict, Func<Connection, Task> Script)
{
    /// <summary>The only version of TLS that is offered; null: both.</summary>
    public string? Version { get; init; }

    public string Protocol { get; init; } = "tls";

    /// <summary>The expected status, as in the configuration; null: none.</summary>
    public string? ExpectStatus { get; init; }

    /// <summary>The target's timeout; short if the fault is that nothing happens.</summary>
    public string Timeout { get; init; } = "20s";

    /// <summary>The name as that of a target.</summary>
    public string Target => string.Concat(Name.Replace(' ', '-').Where(c => char.IsLetterOrDigit(c) || c == '-'));

    /// <summary>Asserts that the record of this fault's target has the right verdict.</summary>
    public void AssertVerdict(IReadOnlyDictionary<string, ProbeRecord> records, string prefix = "")
    {
        var record = records[prefix + Target];
        Assert.True(Verdict.Split(" or ").Contains(record.Verdict), $"{Name}, expected: {Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(record.Verdict == "accepted", record.Success);
    }
}
