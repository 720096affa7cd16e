using MtlsProbe.EndToEnd.Alerting;
using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Page;
using MtlsProbe.EndToEnd.Status;
using MtlsProbe.EndToEnd.Truth;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("MtlsProbe.EndToEnd.Harness.LongestFirst", "MtlsProbe.EndToEnd")]

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>The runs that take minutes begin first, those that mostly wait before all, so that the short ones fill the gaps.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest =
    [
        AlertingRunTests.Name, DemoRunTests.Name, ManyProbesTests.Name, StageTests.Name,
        Of<ChainAdviceTests>(), Of<ClaimsTests>(), Of<FreshProcessTests>(),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections
            .OrderBy(collection => Array.IndexOf(s_longest, collection.DisplayName) is >= 0 and var place ? place : s_longest.Length)
            .ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    /// <summary>What xunit calls the collection of a class that names none.</summary>
    private static string Of<T>() => $"Test collection for {typeof(T).FullName}";
}
