namespace MtlsProbe.EndToEnd.Alerting;

/// <summary>Something that goes wrong while it is watched, and is mended in the end.</summary>
/// <param name="Name">Of what is wrong.</param>
/// <param name="Alerts">That have to arrive, each as its name and severity.</param>
internal abstract record Case(string Name, IReadOnlyList<string> Alerts)
{
    /// <summary>Whether an alert is about this.</summary>
    public abstract bool Concerns(Alert alert);

    public sealed override string ToString() => Name;
}

/// <summary>An exporter that is at fault itself.</summary>
/// <param name="Name">Its label <c>instance</c>.</param>
internal sealed record ExporterCase(string Name, params IReadOnlyList<string> Alerts) : Case(Name, Alerts)
{
    /// <summary>What is about a target or a credential of the exporter of the fleet is a case of its own.</summary>
    public override bool Concerns(Alert alert) => alert["instance"] == Name
        && (Name != AlertingFleet.Instance || (alert["target"], alert["identity"], alert["trust"]) == (null, null, null));
}
