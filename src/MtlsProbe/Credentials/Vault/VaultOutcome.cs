namespace MtlsProbe.Credentials;

/// <summary>What one request to Vault came to.</summary>
/// <param name="Given">Null: what is known stands there still.</param>
/// <param name="Stamp">Of what stands there; null where that is nothing that can be used.</param>
/// <param name="IsConnected">Whether the server answered, and knew us.</param>
internal sealed record VaultOutcome(Material<Credential>? Given, string? Stamp, bool IsConnected)
{
    /// <summary>Whether there is no such secret.</summary>
    public bool IsNothing { get; private init; }

    /// <summary>After which the server would be asked again; null: it does not say.</summary>
    public TimeSpan? Again { get; init; }

    public static VaultOutcome Away(MaterialFault fault) => new(new Material<Credential>(null, fault), null, false);

    public static VaultOutcome Nothing(MaterialFault fault) => new(new Material<Credential>(null, fault), null, true) { IsNothing = true };

    public static VaultOutcome Faulty(MaterialFault fault) => new(new Material<Credential>(null, fault), null, true);
}
