using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A certificate at one place of an inventory.</summary>
/// <param name="Path">The file; in a cluster <c>secret/NAMESPACE/NAME/KEY</c> or <c>configmap/NAMESPACE/NAME/KEY</c>.</param>
/// <param name="Certificate">What is shown of it, without its bytes.</param>
/// <param name="Line">What it may be a renewal in; null where there is nothing to compare.</param>
internal sealed record StoredCertificate(string Inventory, string Path, Certificate Certificate, RenewalLine? Line)
{
    /// <summary>Names of each form that stay.</summary>
    private const int NamesKept = 20;

    public static StoredCertificate Of(string inventory, string path, Certificate certificate) =>
        new(inventory, path, certificate.WithoutContent(NamesKept), RenewalLine.Of(certificate));
}

/// <summary>What one inventory holds.</summary>
/// <param name="Certificates">In the order of the places and, at each of them, of the certificates; none twice at one place.</param>
/// <param name="LeftOut">What is not among them.</param>
internal sealed record InventoryState(string Name, ValueList<StoredCertificate> Certificates, InventoryGaps LeftOut)
{
    /// <summary>Whether each of its places has been read once.</summary>
    public bool IsWhole { get; init; }
}

/// <summary>What an inventory does not hold, though it is configured.</summary>
/// <param name="Unreadable">Places that could not be read or understood; what was read of them before stays.</param>
/// <param name="Files">Places beyond the bound.</param>
/// <param name="Certificates">Certificates beyond the bound, and blocks that say CERTIFICATE and hold none.</param>
internal sealed record InventoryGaps(int Unreadable, int Files, int Certificates)
{
    /// <summary>Maximum number of reported ones.</summary>
    public const int MostProblems = 20;

    public static readonly InventoryGaps None = new(0, 0, 0);

    /// <summary>The first places that could not be read, each with the reason; never what is in them.</summary>
    public ValueList<string> Problems { get; init; } = [];
}
