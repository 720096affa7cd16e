using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// The source of a credential, a trust bundle or an expected certificate: files that are polled, or a source that pushes. It delivers something good,
/// a fault, or the information that there is nothing; its <see cref="Held{T}"/> decides which version stays in use. Disposal ends the delivery.
/// </summary>
internal interface IMaterialSource<T> : IDisposable
    where T : class
{
    /// <summary>The fault to report until it has delivered anything.</summary>
    MaterialFault NothingYet { get; }

    /// <summary>Starts the delivery. It then delivers at each change, from any thread, at once or later. Called only once; returns soon.</summary>
    /// <returns>The files to be polled; null: it pushes.</returns>
    FileFollower? Open(Held<T> holder);

    /// <summary>Reads once, for callers that do not follow changes. Waits until there is an answer, but not for long.</summary>
    Task<Look<T>> LookAsync(CancellationToken stop);

    /// <summary>The state of the source, on any thread; null for files, which have no state besides their content.</summary>
    SourceState? State => null;
}

/// <summary>The result of reading a source once.</summary>
/// <param name="Faults">The fault of each unavailable part; the first belongs to <paramref name="Found"/> if there are several.</param>
internal sealed record Look<T>(Material<T> Found, ValueList<MaterialFault> Faults)
    where T : class;
