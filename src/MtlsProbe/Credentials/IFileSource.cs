namespace MtlsProbe.Credentials;

/// <summary>A source that is completely on this machine, so callers can wait for it: its reads have separate threads, and a time limit.</summary>
internal interface IFileSource<T> : IMaterialSource<T>
    where T : class
{
    /// <summary>Reads once, like <see cref="IMaterialSource{T}.LookAsync"/>.</summary>
    Look<T> Look();

    Task<Look<T>> IMaterialSource<T>.LookAsync(CancellationToken stop) => Task.FromResult(Look());
}
