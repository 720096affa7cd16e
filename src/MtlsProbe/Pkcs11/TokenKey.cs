using MtlsProbe.Loops;
using MtlsProbe.Model;

namespace MtlsProbe.Pkcs11;

/// <summary>
/// A private key that stays in its token. It keeps some sessions and signs on its own threads, a limited number at a time. If a session or the token
/// is lost, or the key has changed, it starts again once; if that fails, it throws. Thread-safe.
/// </summary>
internal sealed class TokenKey
{
    /// <summary>Maximum number of concurrent signatures and sessions: tokens have few, and most sign one at a time anyway.</summary>
    public const int Most = 4;

    /// <summary>How often a signature tries to get a session if the token has no other, and how long it waits each time.</summary>
    private const int Looks = 50;
    private static readonly TimeSpan s_wait = TimeSpan.FromMilliseconds(100);

    /// <summary>All keys that may keep sessions: a key that finds a token full asks the others to release theirs. The list is also the lock.</summary>
    private static readonly List<TokenKey> s_keys = [];

    private readonly OwnThreads _threads = new(Most, "token");
    private readonly Stack<TokenSession> _idle = []; // also the lock
    private readonly TokenUri _uri;
    private readonly Func<string> _place;
    private readonly string? _pinFile;
    private volatile string? _module;
    private volatile Secret? _pin;
    private volatile bool _isClosed;

    /// <param name="place">The path of the module; called until it returns one.</param>
    /// <param name="pinFile">For a sentence; null: there is no PIN.</param>
    public TokenKey(TokenUri uri, Func<string> place, string? pinFile)
    {
        (_uri, _place, _pinFile) = (uri, place, pinFile);
        lock (s_keys) s_keys.Add(this);
    }

    /// <summary>Called when a signature failed, on any thread; null: not reported.</summary>
    public Action<TokenException>? Failed { get; set; }

    /// <summary>The current content of the file; null: none.</summary>
    public Secret? Pin
    {
        set => _pin = value;
    }

    /// <summary>Waits for a signature, on a thread that may block.</summary>
    /// <param name="verify">Throws if a signature is not from the expected key.</param>
    /// <param name="stop">Cancels the wait. The token may still be working.</param>
    /// <exception cref="TokenException">There is no signature.</exception>
    public byte[] Sign(SignatureRequest request, Action<SignatureRequest, byte[]> verify, CancellationToken stop)
    {
        var signed = _threads.RunAsync(() => SignNow(request, verify), stop);
        _ = signed.ContinueWith(left => left.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // observes the exception, because the caller may no longer wait for it
        try
        {
            signed.Wait(stop);
            return signed.Result;
        }
        catch (OperationCanceledException)
        {
            throw new TokenException(Reasons.TokenUnavailable, $"{_uri} did not sign in time: the token was still working on it");
        }
        catch (AggregateException e) when (e.InnerException is OperationCanceledException)
        {
            throw new TokenException(Reasons.TokenUnavailable, $"{_uri} did not sign in time: the token was still working on other signatures");
        }
        catch (AggregateException e) when (e.InnerException is TokenException fault)
        {
            Failed?.Invoke(fault);
            throw fault;
        }
    }

    /// <summary>Signs at once, on this thread.</summary>
    /// <param name="verify">As in <see cref="Sign"/>.</param>
    /// <exception cref="TokenException">There is no signature.</exception>
    public byte[] SignNow(SignatureRequest request, Action<SignatureRequest, byte[]> verify)
    {
        for (var isNew = false; ; isNew = true)
        {
            var session = (isNew ? null : Idle(TimeSpan.Zero)) ?? Open();
            try
            {
                var signature = session.Sign(request);
                verify(request, signature);
                Keep(session);
                return signature;
            }
            catch (TokenException fault)
            {
                session.Close();
                if (!fault.IsLoss || isNew) throw;
                CloseIdle(); // what one session has lost, all have lost
            }
        }
    }

    /// <summary>Keeps no session from now on; holders of the key can still sign.</summary>
    public void Close()
    {
        _isClosed = true;
        Failed = null;
        lock (s_keys) s_keys.Remove(this);
        _ = _threads.RunAsync(() => { CloseIdle(); return true; }, CancellationToken.None);
    }

    private TokenSession Open()
    {
        var module = TokenModule.Load(_module ??= _place());
        for (var looks = Looks; ; looks--)
        {
            try
            {
                return TokenSession.Open(module, _uri, _pin, _pinFile);
            }
            catch (TokenException fault) when (fault.IsFull && looks > 0)
            {
                if (Idle(s_wait) is { } session) return session;
                FreeOthers();
            }
        }
    }

    /// <summary>Releases the sessions that other keys of this module keep and do not use.</summary>
    private void FreeOthers()
    {
        TokenKey[] others;
        lock (s_keys) others = [.. s_keys.Where(key => key != this && key._module == _module)];
        foreach (var other in others) other.CloseIdle();
    }

    /// <summary>An unused session; null: none became free in time. Waits on a thread of this key.</summary>
    private TokenSession? Idle(TimeSpan wait)
    {
        lock (_idle)
        {
            if (_idle.Count == 0 && wait > TimeSpan.Zero) Monitor.Wait(_idle, wait);
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
        while (Idle(TimeSpan.Zero) is { } session) session.Close();
    }
}
