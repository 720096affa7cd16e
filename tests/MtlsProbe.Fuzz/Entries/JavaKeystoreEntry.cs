using MtlsProbe.Keystores;
using MtlsProbe.Files;

namespace MtlsProbe.Fuzz;

/// <summary>A Java keystore, without a check of its integrity, and the keys in it.</summary>
internal sealed class JavaKeystoreEntry : FuzzEntry
{
    /// <summary>A fuzzer has no time for the number that keytool uses.</summary>
    private const int MostIterations = 100;

    public override string Name => "keystore";

    public override string Does => "a Java keystore (JKS, JCEKS), and the keys in it";

    public override IReadOnlyList<string> Reached => ["0 entries, a key is opened", "0 entries, a key is not opened"];

    public override IEnumerable<byte[]> Seeds() => KeytoolStores.Of.Values.Select(Convert.FromBase64String);

    public override string Run(byte[] input)
    {
        if (!JavaKeystore.Is(input)) return "none";
        var store = JavaKeystore.Read(input, []);
        Claim.Visible(store.Problem, "the problem", 200);
        Claim.Holds(store.Certificates.Count() <= JavaKeystore.MostCertificates, "more certificates than allowed");
        Claim.Holds(!JavaKeystore.Read(input, "other"u8).IsLocked || store.LeftOut >= 0, "no count");
        var opened = false;
        foreach (var entry in store.Entries.Take(20))
        {
            if (entry.Key is not { } range) continue;
            var key = JavaKeyProtection.Open(input.AsSpan()[range], "storepass"u8, out var length, out var problem, MostIterations);
            Claim.Visible(problem, "the problem", 300);
            Claim.Holds((key is null) == (problem is not null), "neither a key nor a problem, or both");
            if (key is null) continue;
            Claim.Holds(length > 0 && length <= key.Length, "a key beyond its buffer");
            PinnedBuffers.Return(key);
            opened = true;
        }

        return $"{store.Entries.Count} entries, a key is {(opened ? "" : "not ")}opened";
    }
}
