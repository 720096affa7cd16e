using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// How a private key that is stored elsewhere signs. libssl needs the signature in the middle of a step, and the thread of that step waits for it.
/// Such a step therefore runs only on one of <see cref="Threads"/>.
/// </summary>
/// <param name="Sign">Waits for the signature, or throws: the exception becomes <see cref="SigningTurn.Fault"/>.</param>
/// <param name="Threads">The threads of this key.</param>
/// <param name="Place">Where the key is, for a sentence; never a secret.</param>
internal sealed record Signing(Func<SignatureRequest, CancellationToken, byte[]> Sign, OwnThreads Threads, string Place)
{
    /// <summary>Runs a step in which the key may sign.</summary>
    /// <param name="stop">Cancelled when the signature is no longer needed; the step then fails soon.</param>
    /// <exception cref="OperationCanceledException">The step has not run: no thread became free in time.</exception>
    public Task<(TlsStatus Status, Exception? Fault)> RunAsync(Func<TlsStatus> step, CancellationToken stop) => Threads.RunAsync(
        () =>
        {
            using var turn = new SigningTurn(stop);
            return (step(), turn.Fault);
        },
        stop);
}

/// <summary>While it exists, keys that are stored elsewhere may sign on this thread.</summary>
internal sealed class SigningTurn : IDisposable
{
    [ThreadStatic]
    private static SigningTurn? s_current;

    public SigningTurn(CancellationToken stop)
    {
        Stop = stop;
        s_current = this;
    }

    /// <summary>The one of this thread; null: no such key may sign here.</summary>
    public static SigningTurn? Current => s_current;

    public CancellationToken Stop { get; }

    /// <summary>Why the key did not sign; null: it signed, or was not needed.</summary>
    public Exception? Fault { get; set; }

    public void Dispose() => s_current = null;
}
