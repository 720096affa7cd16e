namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>A notification: its receiver, its alert and its subject.</summary>
internal sealed record Told(string Receiver, string Alert, string Subject)
{
    /// <param name="alert">Without the common prefix.</param>
    public static Func<string, Told> Page(string alert) => subject => new Told("page", "MtlsProbe" + alert, subject);

    /// <param name="alert">Without the common prefix.</param>
    public static Func<string, Told> Ticket(string alert) => subject => new Told("ticket", "MtlsProbe" + alert, subject);

    public override string ToString() => $"{Subject}: {Alert} to {Receiver}";
}
