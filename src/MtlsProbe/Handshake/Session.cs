using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>An established TLS session, from the request to the end.</summary>
/// <param name="said">Data from the server before the probe sent a request; they are read first.</param>
internal sealed class Session(Wire wire, ReadOnlyMemory<byte> said) : Conversation
{
    /// <summary>The lock for TLS: HTTP/2 reads and writes concurrently.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    private ReadOnlyMemory<byte> _said = said;
    private bool _hasAsked;

    /// <summary>Bytes of an answer have arrived, complete or not.</summary>
    public bool AnswerBegun { get; private set; }

    /// <summary>Time from our request to the first bytes of an answer; null before.</summary>
    public TimeSpan? AnsweredAfter { get; private set; }

    /// <summary>Sends the request, and returns how it ended: with an answer, or with the end of the session.</summary>
    public async Task<FinalEvent> AskAsync(Question question, Target target, Secret? password, CancellationToken cancellation)
    {
        ServerAnswer? answer;
        try
        {
            answer = await question.Ask(this, target, password, cancellation).ConfigureAwait(false);
        }
        catch (IOException) when (FinalEvent is not null)
        {
            answer = null;
        }

        // Data from a server before the request are not an answer, whatever its protocol.
        if (answer is { Kind: AnswerKind.NotUnderstood }) return new FinalEvent(Phase.Application, FinalEventKind.NotUnderstood, answer.Detail);
        // A refusal instead of a greeting counts as a refusal; anything else at that point proves nothing.
        if (answer is not null && (AnswerBegun || answer.Kind == AnswerKind.Refused)) return new FinalEvent(Phase.Application, FinalEventKind.Answered, answer.Detail) { Answer = answer };
        return FinalEvent switch
        {
            null when answer is not null => new FinalEvent(Phase.Application, FinalEventKind.Answered, answer.Detail)
            {
                Answer = answer with { Kind = AnswerKind.Unclear, Missing = ", before the probe sent a request", IsLoginFailure = target.Protocol.Login is not null },
            },
            null => new FinalEvent(Phase.Application, FinalEventKind.Internal, $"protocol {target.Protocol.Name} returned neither an answer nor an end"),
            { Kind: FinalEventKind.RequestUnanswered } broken when AnswerBegun =>
                broken with { Detail = "the server closed the connection in the middle of its answer", ClosedAfter = null, AnswerBegun = true },
            var ending => ending,
        };
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_said.IsEmpty)
        {
            var count = Math.Min(buffer.Length, _said.Length);
            _said[..count].CopyTo(buffer);
            _said = _said[count..];
            return count;
        }

        while (FinalEvent is null)
        {
            var (count, ending) = await InTurnAsync(() => wire.ReadAsync(Phase.Application, buffer, cancellationToken), cancellationToken).ConfigureAwait(false);
            if (count > 0)
            {
                AnswerBegun |= _hasAsked;
                if (_hasAsked) AnsweredAfter ??= wire.Times.SinceSpoke;
                return count;
            }

            if (ending is null)
            {
                await wire.ArrivalAsync(cancellationToken).ConfigureAwait(false);
                ending = await InTurnAsync(async () => await wire.TakeInputAsync(Phase.Application, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            if (ending is not null) return Ended(ending);
        }

        return Ended(FinalEvent);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (FinalEvent is not null) return;
        _hasAsked = true;
        var ending = await InTurnAsync(async () => await wire.WriteAsync(Phase.Application, buffer, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        FinalEvent ??= ending; // a reader may have reached the end meanwhile
    }

    private async ValueTask<T> InTurnAsync<T>(Func<ValueTask<T>> step, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await step().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    protected override void Dispose(bool disposing)
    {
        _turn.Dispose();
        base.Dispose(disposing);
    }
}
