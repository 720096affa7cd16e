namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>What somebody was told: by which receiver, of which alert, about what.</summary>
internal sealed record Told(string Receiver, string Alert, string Subject)
{
    /// <param name="alert">Without the prefix that all have.</param>
    public static Func<string, Told> Page(string alert) => subject => new Told("page", "MtlsProbe" + alert, subject);

    /// <param name="alert">Without the prefix that all have.</param>
    public static Func<string, Told> Ticket(string alert) => subject => new Told("ticket", "MtlsProbe" + alert, subject);

    public override string ToString() => $"{Subject}: {Alert} to {Receiver}";
}
