namespace MtlsProbe.Credentials;

/// <summary>A source of which everything is on this machine, so that whoever looks at it may wait: its reads have threads of their own, and an end.</summary>
internal interface IFileSource<T> : IMaterialSource<T>
    where T : class
{
    /// <summary>One look, as <see cref="IMaterialSource{T}.LookAsync"/> takes it.</summary>
    Look<T> Look();

    Task<Look<T>> IMaterialSource<T>.LookAsync(CancellationToken stop) => Task.FromResult(Look());
}
