using MtlsProbe.EndToEnd.Alerting;
using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Page;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("MtlsProbe.EndToEnd.Harness.LongestFirst", "MtlsProbe.EndToEnd")]

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>The two runs that take minutes and mostly wait begin first, so that all others run beside them; the browser comes last.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.DisplayName switch
        {
            AlertingRunTests.Name or DemoRunTests.Name => 0,
            StageTests.Name => 2,
            _ => 1,
        }).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);
}
