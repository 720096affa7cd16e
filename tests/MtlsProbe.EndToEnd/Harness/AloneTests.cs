namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Tests that load both cores or measure memory: they run alone, after the others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneTests
{
    public const string Name = "alone";
}
