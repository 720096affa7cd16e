namespace MtlsProbe.Handshake;

/// <summary>Whether a close after ours is an answer to it, or a late decision of the server itself: judged by times and kinds.</summary>
internal static class CloseAnswers
{
    /// <summary>
    /// Whether a close is clearly an answer to our data. A server that accepts us does not reset then: a reset may come from the kernel of a machine
    /// that has dropped the connection. Tickets that come with a prompt close are part of the answer, because some servers hold them back until they
    /// write. Tickets that come separately, or too soon, show that the server had not decided when we sent our data. On a busy machine, one close
    /// without data proves nothing. The same is true of a close that comes only after the end of our stream, which follows our close after a fixed
    /// time: a server that decides by itself at that time would look the same.
    /// </summary>
    /// <param name="after">How long after our close it came.</param>
    public static bool IsPlain(FinalEvent ending, TimeSpan after, Confirmation confirmation)
    {
        var cameWithTickets = confirmation.TicketAfter is not { } ticket || (ticket >= confirmation.Soonest && after - ticket <= TcpTimes.Resolution);
        var isPlain = !confirmation.HasEnded && (!confirmation.IsBusy || confirmation.IsNotified);
        return isPlain && ending is { Kind: FinalEventKind.CloseAnswered, SocketError: null } && after <= confirmation.Prompt && after >= confirmation.Soonest && cameWithTickets;
    }

    /// <summary>
    /// The same ending after a longer silence: the server reacts to us and does not decide by itself. A close that was late before comes after about
    /// the same time again. After one that was clearly an answer it may take longer, because a server that decides after a fixed time would have
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
                Detail = $"the server {(ending.SocketError is null ? "closed" : "reset")} the connection before our close was sent",
                ClosedAfter = null,
            }
            : ending;
}
