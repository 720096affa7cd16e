namespace MtlsProbe.Credentials;

/// <summary>The result of one request to Vault.</summary>
/// <param name="Given">Null: the secret is unchanged.</param>
/// <param name="Stamp">Of the content; null if it is not usable.</param>
/// <param name="IsConnected">Whether the server answered, and accepted our token.</param>
internal sealed record VaultOutcome(Material<Credential>? Given, string? Stamp, bool IsConnected)
{
    /// <summary>Whether there is no such secret.</summary>
    public bool IsNothing { get; private init; }

    /// <summary>When the server asks to be asked again; null: it does not say.</summary>
    public TimeSpan? Again { get; init; }

    public static VaultOutcome Away(MaterialFault fault) => new(new Material<Credential>(null, fault), null, false);

    public static VaultOutcome Nothing(MaterialFault fault) => new(new Material<Credential>(null, fault), null, true) { IsNothing = true };

    public static VaultOutcome Faulty(MaterialFault fault) => new(new Material<Credential>(null, fault), null, true);
}
