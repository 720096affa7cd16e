using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("MtlsProbe.EndToEnd.Harness.OrderedFramework", "MtlsProbe.EndToEnd")]

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The framework of xunit, except that parallel collections begin in the order of <see cref="LongestFirst"/>, and collections that need a quiet
/// machine begin after the others. By itself, xunit queues them on the thread pool from one of its threads, which takes its own work in another
/// order. The short ones, most of which wait, have places of their own beside the long ones, so that they are not left for the end.
/// </summary>
public sealed class OrderedFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assemblyName, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkExecutor(assemblyName, sources, messages)
    {
        protected override async void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions)
        {
            using var runner = new Runner(TestAssembly, testCases, DiagnosticMessageSink, executionMessageSink, executionOptions);
            await runner.RunAsync();
        }
    }

    private sealed class Runner(
        ITestAssembly assembly, IEnumerable<IXunitTestCase> cases, IMessageSink diagnostics, IMessageSink messages, ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, cases, diagnostics, messages, options)
    {
        /// <summary>Together they are maxParallelThreads of xunit.runner.json.</summary>
        private readonly (SemaphoreSlim Long, SemaphoreSlim Short) _slots = (new(5), new(2));

        /// <summary>By collection: what it waits for, where it needs a slot, what its start releases, and what its end does.</summary>
        private readonly Dictionary<Guid, (Task Turn, SemaphoreSlim Slots, TaskCompletionSource Begun, TaskCompletionSource Ended)> _places = [];

        protected override Task<RunSummary> RunTestCollectionsAsync(IMessageBus messageBus, CancellationTokenSource cancellationTokenSource)
        {
            var (longBegun, shortBegun) = (Task.CompletedTask, Task.CompletedTask);
            List<Task> others = [];
            foreach (var (collection, _) in OrderTestCollections())
            {
                if (!RunsBesideOthers(collection)) continue;
                TaskCompletionSource begins = new(TaskCreationOptions.RunContinuationsAsynchronously), ends = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (LongestFirst.IsLast(collection))
                {
                    _places.Add(collection.UniqueID, (Task.WhenAll(others), _slots.Long, begins, ends));
                    continue;
                }

                others.Add(ends.Task);
                ref var begun = ref LongestFirst.IsLong(collection) ? ref longBegun : ref shortBegun;
                _places.Add(collection.UniqueID, (begun, LongestFirst.IsLong(collection) ? _slots.Long : _slots.Short, begins, ends));
                begun = begins.Task;
            }

            return base.RunTestCollectionsAsync(messageBus, cancellationTokenSource);
        }

        protected override async Task<RunSummary> RunTestCollectionAsync(
            IMessageBus messageBus, ITestCollection testCollection, IEnumerable<IXunitTestCase> testCases, CancellationTokenSource cancellationTokenSource)
        {
            if (!_places.TryGetValue(testCollection.UniqueID, out var place))
                return await base.RunTestCollectionAsync(messageBus, testCollection, testCases, cancellationTokenSource);

            await place.Turn.WaitAsync(cancellationTokenSource.Token); // if a run is cancelled, some never begin
            await place.Slots.WaitAsync(cancellationTokenSource.Token);
            place.Begun.SetResult();
            try
            {
                return await base.RunTestCollectionAsync(messageBus, testCollection, testCases, cancellationTokenSource); // queues for a free thread at once
            }
            finally
            {
                place.Slots.Release();
                place.Ended.SetResult();
            }
        }

        private static bool RunsBesideOthers(ITestCollection collection) =>
            collection.CollectionDefinition?.GetCustomAttributes(typeof(CollectionDefinitionAttribute)).Single()
                .GetNamedArgument<bool>(nameof(CollectionDefinitionAttribute.DisableParallelization)) is not true;
    }
}
