namespace MtlsProbe.Loops;

/// <summary>The loops of this process, by component.</summary>
internal sealed class LoopSet(TimeProvider time)
{
    /// <summary>Follows the files of credentials, trust bundles and expected certificates, and accepts pushes of other sources.</summary>
    public Loop Credentials { get; } = new("credentials", time);

    /// <summary>Follows the configuration file.</summary>
    public Loop Configuration { get; } = new("configuration", time);

    /// <summary>Finds targets in the configured sources.</summary>
    public Loop Discovery { get; } = new("discovery", time);

    /// <summary>Looks up the names of targets whose addresses are all probed.</summary>
    public Loop Addresses { get; } = new("addresses", time);

    /// <summary>Makes a new plan when addresses have changed, and probes servers again when a new issuer is known.</summary>
    public Loop Plan { get; } = new("plan", time);

    /// <summary>Follows the files of our own web server's certificate.</summary>
    public Loop WebCertificate { get; } = new("web_certificate", time);

    /// <summary>Reads inventories.</summary>
    public Loop Inventory { get; } = new("inventory", time);

    /// <summary>Follows the files of revocation lists, and fetches those with a URL.</summary>
    public Loop Revocation { get; } = new("revocation", time);

    public IEnumerable<Loop> All => [Addresses, Configuration, Credentials, Discovery, Inventory, Plan, Revocation, WebCertificate];
}
