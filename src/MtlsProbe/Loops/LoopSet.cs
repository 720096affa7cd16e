namespace MtlsProbe.Loops;

/// <summary>The loops of this process, by component.</summary>
internal sealed class LoopSet(TimeProvider time)
{
    /// <summary>Follows the files of credentials, trust bundles and expected certificates, and takes what sources push.</summary>
    public Loop Credentials { get; } = new("credentials", time);

    /// <summary>Follows the configuration file.</summary>
    public Loop Configuration { get; } = new("configuration", time);

    /// <summary>Looks up the names of targets whose addresses are all probed.</summary>
    public Loop Addresses { get; } = new("addresses", time);

    /// <summary>Plans anew when addresses have changed, and looks again at servers when an issuer has become known.</summary>
    public Loop Plan { get; } = new("plan", time);

    /// <summary>Follows the files of the certificate that our own web server shows.</summary>
    public Loop WebCertificate { get; } = new("web_certificate", time);

    /// <summary>Looks at what is stored.</summary>
    public Loop Inventory { get; } = new("inventory", time);

    /// <summary>Follows the files of revocation lists, and fetches those that have a URL.</summary>
    public Loop Revocation { get; } = new("revocation", time);

    public IEnumerable<Loop> All => [Addresses, Configuration, Credentials, Inventory, Plan, Revocation, WebCertificate];
}
