using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Pkcs11;

/// <summary>
/// A private key that stays in its token. It keeps some sessions and signs on threads of its own, so many at a time; where sessions or the
/// token are lost it begins anew once, and what stays lost is an exception. Thread-safe.
/// </summary>
internal sealed class TokenKey
{
    /// <summary>Signatures at a time, and sessions: tokens have few, and most sign one after the other anyway.</summary>
    public const int Most = 4;

    /// <summary>How often a signature looks for a session where the token has no other, and how long after each look it waits for one.</summary>
    private const int Looks = 50;
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(100);

    private readonly OwnThreads _threads = new(Most, "token");
    private readonly Stack<TokenSession> _idle = []; // its own lock
    private readonly TokenUri _uri;
    private readonly string _module;
    private readonly string? _pinFile;
    private volatile Secret? _pin;
    private volatile bool _isClosed;

    /// <param name="module">Path.</param>
    /// <param name="pinFile">For a sentence; null: there is no PIN.</param>
    public TokenKey(TokenUri uri, string module, string? pinFile) => (_uri, _module, _pinFile) = (uri, module, pinFile);

    /// <summary>Told that a signature was not to be had, on any thread; null: nobody wants to know.</summary>
    public Action<TokenException>? Failed { get; set; }

    /// <summary>Of the file, as it is now; null: none.</summary>
    public Secret? Pin
    {
        set => _pin = value;
    }

    /// <summary>Waits for a signature on a thread that may wait.</summary>
    /// <param name="stop">When nobody waits any more. The token may be at it for longer.</param>
    /// <exception cref="TokenException">There is none.</exception>
    public byte[] Sign(SignatureRequest request, CancellationToken stop)
    {
        var signed = _threads.RunAsync(() => SignNow(request), stop);
        _ = signed.ContinueWith(left => left.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // observed, in case nobody waits for it any more
        try
        {
            signed.Wait(stop);
            return signed.Result;
        }
        catch (OperationCanceledException)
        {
            throw new TokenException(Reasons.TokenUnavailable, $"{_uri} did not sign in time: the token was still at it");
        }
        catch (AggregateException e) when (e.InnerException is OperationCanceledException)
        {
            throw new TokenException(Reasons.TokenUnavailable, $"{_uri} did not sign in time: the token was still at others");
        }
        catch (AggregateException e) when (e.InnerException is TokenException fault)
        {
            Failed?.Invoke(fault);
            throw fault;
        }
    }

    /// <summary>Signs at once, on this thread.</summary>
    /// <exception cref="TokenException">There is no signature.</exception>
    public byte[] SignNow(SignatureRequest request)
    {
        for (var isNew = false; ; isNew = true)
        {
            var session = (isNew ? null : Idle(looks: 0)) ?? Open();
            try
            {
                var signature = session.Sign(request);
                Keep(session);
                return signature;
            }
            catch (TokenException fault)
            {
                session.Close();
                if (!fault.IsLoss || isNew) throw;
                CloseIdle(); // what was lost for one is lost for all
            }
        }
    }

    /// <summary>No session is kept from now on; who still has the key may sign all the same.</summary>
    public void Close()
    {
        _isClosed = true;
        Failed = null;
        _ = _threads.RunAsync(() => { CloseIdle(); return true; }, CancellationToken.None);
    }

    private TokenSession Open()
    {
        try
        {
            return TokenSession.Open(TokenModule.Load(_module), _uri, _pin, _pinFile);
        }
        catch (TokenException fault) when (fault.IsFull)
        {
            if (Idle(Looks) is { } session) return session;
            throw;
        }
    }

    /// <summary>A session that nobody uses; null: there is none within the time, which is spent on threads of this key.</summary>
    private TokenSession? Idle(int looks)
    {
        lock (_idle)
        {
            for (; _idle.Count == 0 && looks > 0; looks--) Monitor.Wait(_idle, s_wait);
            return _idle.TryPop(out var session) ? session : null;
        }
    }

    private void Keep(TokenSession session)
    {
        lock (_idle)
        {
            _idle.Push(session);
            Monitor.Pulse(_idle);
        }

        if (_isClosed) CloseIdle();
    }

    private void CloseIdle()
    {
        while (Idle(looks: 0) is { } session) session.Close();
    }
}
