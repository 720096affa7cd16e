namespace MtlsProbe.Handshake;

/// <summary>Whether a close that follows ours is an answer to it, or the server's own late decision: a question of times and kinds.</summary>
internal static class CloseAnswers
{
    /// <summary>
    /// Whether a close is plainly an answer to what we said. Accepting servers do not reset then: a reset may be the kernel's of a machine that
    /// has dropped the connection. Tickets that come with a prompt close belong to the answer, since some servers keep them until they write;
    /// those that come apart from it, or too soon, show that the server had not decided when we spoke. On a busy machine one close
    /// without a word shows nothing; nor does one that comes only after the end of our stream, which follows our close at a fixed time: a server
    /// that decides by itself at just that time would look the same.
    /// </summary>
    /// <param name="after">How long after ours it came.</param>
    public static bool IsPlain(FinalEvent ending, TimeSpan after, Confirmation confirmation)
    {
        var cameWithTickets = confirmation.TicketAfter is not { } ticket || (ticket >= confirmation.Soonest && after - ticket <= TcpTimes.Resolution);
        var isPlain = !confirmation.HasEnded && (!confirmation.IsBusy || confirmation.IsNotified);
        return isPlain && ending is { Kind: FinalEventKind.CloseAnswered, SocketError: null } && after <= confirmation.Prompt && after >= confirmation.Soonest && cameWithTickets;
    }

    /// <summary>
    /// After a longer silence the same once more: the server follows us, and decides nothing of its own then. A close that was late before comes
    /// about as soon after ours again; after one that was plainly an answer it may take longer, since whoever decides by the clock had closed before ours.
    /// </summary>
    public static bool IsSame(FinalEvent ending, TimeSpan after, NextLook earlier, Confirmation confirmation)
    {
        var latest = earlier.AfterPlain ? TimeSpan.MaxValue : 2 * (earlier.ClosedAfter > TimeSpan.Zero ? earlier.ClosedAfter : TimeSpan.Zero) + confirmation.Prompt;
        return ending.SocketError is null && after >= -TcpTimes.Resolution && after <= latest && after <= confirmation.Silence / 2;
    }

    /// <summary>A close that the kernel had before ours left is no answer to it, though we were told of it afterwards.</summary>
    public static FinalEvent AsItCame(FinalEvent ending) =>
        ending is { Kind: FinalEventKind.CloseAnswered, ClosedAfter: { } after } && after < -TcpTimes.Resolution
            ? ending with
            {
                Kind = ending.SocketError is null ? FinalEventKind.EndOfStream : FinalEventKind.Reset,
                Detail = $"the server {(ending.SocketError is null ? "closed" : "reset")} the connection before our close left",
                ClosedAfter = null,
            }
            : ending;
}
