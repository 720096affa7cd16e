using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Servers;

/// <summary>How a server checks its clients' certificates.</summary>
/// <param name="Authorities">A PEM file.</param>
/// <param name="RevocationLists">A PEM file with the list of every authority; null: revocation is not checked.</param>
internal sealed record ClientCheck(string Authorities, string? RevocationLists = null)
{
    public Enforcement Enforcement { get; init; } = Enforcement.Required;

    public static ClientCheck Of(Endpoint endpoint, PkiFiles files) => endpoint.Check ?? new ClientCheck(files.Root, files.RevocationLists);
}

/// <summary>What a server does with clients that present no good certificate.</summary>
internal enum Enforcement
{
    /// <summary>Refuses them.</summary>
    Required,

    /// <summary>Accepts those that present none; refuses a bad one.</summary>
    Optional,

    /// <summary>Asks, and accepts every client.</summary>
    Ignored,

    /// <summary>Does not even ask.</summary>
    Unasked,
}
