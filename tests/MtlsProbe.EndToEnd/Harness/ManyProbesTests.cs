namespace MtlsProbe.EndToEnd.Harness;

/// <summary>Runs of thousands of probes, and tests that they would delay: beside others, but one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ManyProbesTests
{
    public const string Name = "many probes";
}
