namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Runs of thousands of probes, which load both cores with their servers: alone, after the others, which they would delay.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ManyProbesTests
{
    public const string Name = "many probes";
}
