namespace MtlsProbe.Model;

/// <summary>A private key that is kept in a token cannot be used, or did not sign.</summary>
/// <param name="reason">A reason of <see cref="FailureClass.Identity"/>.</param>
/// <param name="detail">A sentence that names the token; never a secret.</param>
internal sealed class TokenException(Reason reason, string detail) : Exception(detail)
{
    public Reason Reason => reason;

    /// <summary>What we held of the token is gone, a session or the token itself: with new ones it may sign again.</summary>
    public bool IsLoss { get; init; }

    /// <summary>The token has no session for one more; one of those that are open does.</summary>
    public bool IsFull { get; init; }
}
