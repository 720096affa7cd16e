using System.Text;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Fuzz;

/// <summary>A PKCS#12 file, with and without its passphrase.</summary>
internal sealed class Pkcs12Entry : FuzzEntry
{
    private const long SlowFrom = 20_000;

    public override string Name => "pkcs12";

    public override string Does => "a PKCS#12 file, with a passphrase and without";

    public override Shape Shape => Shape.Der;

    public override IReadOnlyList<string> Reached => ["a key and its certificate, 0 others"];

    public override IEnumerable<byte[]> Seeds() => SeedKeys.Pkcs12Files();

    public override string Run(byte[] input)
    {
        if (IsSlow(PasswordProtection.OfPkcs12(input).Iterations)) return "slow";
        var without = Read(input, []);
        return Read(input, Encoding.ASCII.GetBytes(SeedKeys.Passphrase)) is var with && with.StartsWith("a key", StringComparison.Ordinal) ? with : without;
    }

    /// <summary>More iterations than a fuzzer has time for, but fewer than the limit; inputs above the limit must fail at once.</summary>
    public static bool IsSlow(long iterations) => iterations is > SlowFrom and <= PasswordProtection.MaxIterations;

    private static string Read(byte[] input, byte[] passphrase)
    {
        var file = Pkcs12.Read(input, passphrase);
        using var key = file.Key;
        Claim.Holds((file.Key is null) == (file.Fault is not null) && (file.Fault is null) == (file.Detail is null), "neither a key nor a fault, or both");
        Claim.Visible(file.Detail, "the fault", 2000);
        Claim.Holds(LibCrypto.ERR_peek_error() == 0, "an error is left behind for the next call on this thread");
        if (file.Leaf is { } leaf) Claim.Holds(key!.Matches(leaf.Span), "the leaf has another key");
        return file.Detail ?? (file.Leaf is null ? "a key" : $"a key and its certificate, {file.Others.Count} others");
    }
}
