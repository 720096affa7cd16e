using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>
/// Where a credential, a trust bundle or an expected certificate comes from: files that are polled, or somebody who pushes. It gives
/// something good, a fault, or word that there is nothing; what stays in use meanwhile is the business of its <see cref="Held{T}"/>.
/// Disposal ends the giving.
/// </summary>
internal interface IMaterialSource<T> : IDisposable
    where T : class
{
    /// <summary>What is said of it for as long as it has delivered nothing yet.</summary>
    MaterialFault NothingYet { get; }

    /// <summary>Begins to give: from any thread, at once or later, as often as there is something else. Once only; returns soon.</summary>
    /// <returns>The files that have to be polled so that it gives; null: it pushes.</returns>
    FileFollower? Open(Held<T> holder);

    /// <summary>One look, for somebody who follows nothing. Takes until there is an answer, but not for long.</summary>
    Task<Look<T>> LookAsync(CancellationToken stop);

    /// <summary>How the source fares, from any thread; null: it is files, of which there is nothing to say but what is in them.</summary>
    SourceState? State => null;
}

/// <summary>What one look at a source found.</summary>
/// <param name="Faults">Of each part that cannot be had; the first is that of <paramref name="Found"/> where there are any.</param>
internal sealed record Look<T>(Material<T> Found, ValueList<MaterialFault> Faults)
    where T : class;
