using MtlsProbe.EndToEnd.Alerting;
using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Page;
using MtlsProbe.EndToEnd.Servers;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("MtlsProbe.EndToEnd.Harness.LongestFirst", "MtlsProbe.EndToEnd")]

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The two runs that take minutes and mostly wait begin first, so that all others run beside them. The servers that take repeated probes
/// one by one, and the browser, come last, when the unit tests that run beside are over.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => collection.DisplayName switch
        {
            AlertingRunTests.Name or DemoRunTests.Name => 0,
            RealServersTests.Name or StageTests.Name => 2,
            _ => 1,
        }).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);
}
