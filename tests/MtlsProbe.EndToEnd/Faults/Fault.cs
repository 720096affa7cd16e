using MtlsProbe.EndToEnd.Harness;

namespace MtlsProbe.EndToEnd.Faults;

/// <summary>A server's misbehaviour and the verdict it deserves.</summary>
/// <param name="Name">What the server does, as the test's name says it.</param>
/// <param name="Verdict">In the words of the record; several, separated by <c>or</c>, where the network decides which comes first.</param>
/// <param name="Script">What it does on each connection.</param>
internal sealed record Fault(string Name, string Verdict, Func<Connection, Task> Script)
{
    /// <summary>The only TLS version offered; null: both.</summary>
    public string? Version { get; init; }

    public string Protocol { get; init; } = "tls";

    /// <summary>What the configuration expects, as it writes it; null: nothing.</summary>
    public string? ExpectStatus { get; init; }

    /// <summary>The target's timeout; short where the fault is that nothing happens.</summary>
    public string Timeout { get; init; } = "20s";

    /// <summary>The name as a target's.</summary>
    public string Target => string.Concat(Name.Replace(' ', '-').Where(c => char.IsLetterOrDigit(c) || c == '-'));

    /// <summary>Asserts that the record of this fault's target has the verdict that it deserves.</summary>
    public void AssertVerdict(IReadOnlyDictionary<string, ProbeRecord> records, string prefix = "")
    {
        var record = records[prefix + Target];
        Assert.True(Verdict.Split(" or ").Contains(record.Verdict), $"{Name}, expected: {Verdict}\nbut got:  {record.Verdict}\n{record}");
        Assert.Equal(record.Verdict == "accepted", record.Success);
    }
}
