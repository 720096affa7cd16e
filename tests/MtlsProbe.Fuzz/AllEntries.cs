namespace MtlsProbe.Fuzz;

/// <summary>The parsers that are fuzzed. A new one needs its own file in <c>Entries</c> and a line here.</summary>
internal static class AllEntries
{
    public static IReadOnlyList<FuzzEntry> Known { get; } =
    [
        new CertificateEntry(), new ChainEntry(), new OcspEntry(), new RevocationListEntry(), new PemEntry(), new Pkcs12Entry(), new JavaKeystoreEntry(), new KubeconfigEntry(), new SecretAnswerEntry(), new HttpHeadEntry(), new HttpEntry(),
        new DialogueEntry(), new ProxyEntry(), new Http2Entry(), new ConfigurationEntry(), new FoundTargetsEntry(), new DnsEntry(), new WebEntry(), new QueryEntry(), new AddressEntry(), new DurationEntry(),
        new PlantedEntry(),
    ];
}
