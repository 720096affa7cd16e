using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>A certificate at one place of an inventory.</summary>
/// <param name="Path">The file; in a cluster <c>secret/NAMESPACE/NAME/KEY</c> or <c>configmap/NAMESPACE/NAME/KEY</c>.</param>
/// <param name="Certificate">The certificate as shown, without its bytes.</param>
/// <param name="Line">The renewals that it can belong to; null if there is nothing to compare.</param>
internal sealed record StoredCertificate(string Inventory, string Path, Certificate Certificate, RenewalLine? Line)
{
    /// <summary>Maximum number of names of each kind that are kept.</summary>
    private const int NamesKept = 20;

    public static StoredCertificate Of(string inventory, string path, Certificate certificate) =>
        new(inventory, path, certificate.WithoutContent(NamesKept), RenewalLine.Of(certificate));
}

/// <summary>The content of one inventory.</summary>
/// <param name="Certificates">In the order of the places and, within a place, of the certificates; without duplicates at one place.</param>
/// <param name="LeftOut">What is missing from the inventory.</param>
internal sealed record InventoryState(string Name, ValueList<StoredCertificate> Certificates, InventoryGaps LeftOut)
{
    /// <summary>Whether each of its places has been read once.</summary>
    public bool IsWhole { get; init; }
}

/// <summary>Configured parts that are missing from an inventory.</summary>
/// <param name="Unreadable">Places that could not be read or understood. What was read from them before is kept.</param>
/// <param name="Files">Places beyond the limit.</param>
/// <param name="Certificates">Certificates beyond the limit, and blocks labeled CERTIFICATE that contain none.</param>
internal sealed record InventoryGaps(int Unreadable, int Files, int Certificates)
{
    /// <summary>Maximum number of problems that are reported.</summary>
    public const int MostProblems = 20;

    public static readonly InventoryGaps None = new(0, 0, 0);

    /// <summary>The first places that could not be read, each with the reason; never their content.</summary>
    public ValueList<string> Problems { get; init; } = [];
}
