namespace MtlsProbe.Model;

/// <summary>A private key in a token cannot be used, or did not sign.</summary>
/// <param name="reason">A reason of <see cref="FailureClass.Identity"/>.</param>
/// <param name="detail">A sentence that names the token; never a secret.</param>
internal sealed class TokenException(Reason reason, string detail) : Exception(detail)
{
    public Reason Reason => reason;

    /// <summary>A session with the token, or the token itself, is lost. With a new session it may sign again.</summary>
    public bool IsLoss { get; init; }

    /// <summary>The token has no room for another session; the open sessions still work.</summary>
    public bool IsFull { get; init; }
}
