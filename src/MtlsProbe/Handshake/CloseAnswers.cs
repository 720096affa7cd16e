namespace MtlsProbe.Handshake;

/// <summary>Whether a close that follows ours is an answer to it, or the server's own late decision: a question of times and kinds.</summary>
internal static class CloseAnswers
{
    /// <summary>
    /// Whether a close is clearly an answer to our data. Accepting servers do not reset then: a reset may come from the kernel of a machine that has
    /// dropped the connection. Tickets that come with a prompt close belong to the answer, since some servers keep them until they write; those that
    /// come apart from it, or too soon, show that the server had not decided when we spoke. On a busy machine one close without a word shows nothing;
    /// nor does one that comes only after the end of our stream, which follows our close at a fixed time: a server that decides by itself at just
    /// that time would look the same.
    /// </summary>
    /// <param name="after">How long after ours it came.</param>
    public static bool IsPlain(FinalEvent ending, TimeSpan after, Confirmation confirmation)
    {
        var cameWithTickets = confirmation.TicketAfter is not { } ticket || (ticket >= confirmation.Soonest && after - ticket <= TcpTimes.Resolution);
        var isPlain = !confirmation.HasEnded && (!confirmation.IsBusy || confirmation.IsNotified);
        return isPlain && ending is { Kind: FinalEventKind.CloseAnswered, SocketError: null } && after <= confirmation.Prompt && after >= confirmation.Soonest && cameWithTickets;
    }

    /// <summary>
    /// After a longer silence the same again: the server reacts to us, and does not decide on its own. A close that was late before comes after about
    /// the same time again; after one that was clearly an answer it may take longer, because a server that decides after a fixed time would have
    /// closed before us.
    /// </summary>
    public static bool IsSame(FinalEvent ending, TimeSpan after, NextLook earlier, Confirmation confirmation)
    {
        var latest = earlier.AfterPlain ? TimeSpan.MaxValue : 2 * (earlier.ClosedAfter > TimeSpan.Zero ? earlier.ClosedAfter : TimeSpan.Zero) + confirmation.Prompt;
        return ending.SocketError is null && after >= -TcpTimes.Resolution && after <= latest && after <= confirmation.Silence / 2;
    }

    /// <summary>A close that the kernel received before ours was sent is not an answer to it, even if we saw it later.</summary>
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
