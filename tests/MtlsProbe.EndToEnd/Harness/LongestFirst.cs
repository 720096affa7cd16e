using MtlsProbe.EndToEnd.Alerting;
using MtlsProbe.EndToEnd.Demo;
using MtlsProbe.EndToEnd.Packaging;
using MtlsProbe.EndToEnd.Page;
using MtlsProbe.EndToEnd.Rotation;
using MtlsProbe.EndToEnd.Serve;
using MtlsProbe.EndToEnd.Servers;
using MtlsProbe.EndToEnd.Truth;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("MtlsProbe.EndToEnd.Harness.LongestFirst", "MtlsProbe.EndToEnd")]

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The runs that take minutes begin first, and of these those that mostly wait; the short ones fill the gaps. Those that depend on the timing of a
/// server begin when the others have ended.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest =
    [
        AlertingRunTests.Name, DemoRunTests.Name, StageTests.Name, RealServersTests.Name, Of<ForecastTests>(), Of<RepeatedVerdictTests>(), Of<SwapTests>(), Of<ReplicaTests>(),
        Of<EnforcementTests>(), Of<HostileRangeTests>(), Of<PollingTests>(), Of<RotationViewTests>(), Of<ChainAdviceTests>(), Of<JoinedShardsTests>(),
        Of<RestartTests>(), Of<OutageTests>(), Of<FreshProcessTests>(), Of<DebianPackageTests>(), Of<MatrixTests>(),
    ];

    private static readonly string[] s_last = [Of<RotationTests>(), Of<FleetTests>(), SilentServersTests.Name, Of<DemoTests>(), Of<HostileMemoryTests>(), Of<LeakTests>()];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Place(collection.DisplayName)).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    /// <summary>Whether it begins when the others have ended.</summary>
    public static bool IsLast(ITestCollection collection) => s_last.Contains(collection.DisplayName);

    /// <summary>Whether it is one of those that are named here to begin first.</summary>
    public static bool IsLong(ITestCollection collection) => s_longest.Contains(collection.DisplayName);

    private static int Place(string collection) =>
        Array.IndexOf(s_longest, collection) is >= 0 and var first ? first : s_longest.Length + 1 + Array.IndexOf(s_last, collection);

    /// <summary>The name that xunit gives to the collection of a class without a named collection.</summary>
    private static string Of<T>() => $"Test collection for {typeof(T).FullName}";
}
