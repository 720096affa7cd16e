using System.Text;
using System.Text.Json;
using MtlsProbe.Clusters;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Fuzz;

/// <summary>Answers of servers that keep secrets: Vault, and the API server of a cluster.</summary>
internal sealed class SecretAnswerEntry : FuzzEntry
{
    private static readonly VaultSecret s_secret = new(new VaultServer(new Uri("https://vault:8200/")), "secret/data/a") { Certificate = "tls.crt", Key = "tls.key" };

    public override string Name => "secret";

    public override string Does => "answers of Vault, and objects and events of a cluster";

    public override IReadOnlyList<string> Reached => ["vault: both, versioned", "vault: both", "vault: deleted", "cluster: MODIFIED with a value", "cluster: ERROR 0"];

    public override IEnumerable<byte[]> Seeds() => ((string[])
    [
        """{"lease_duration":0,"data":{"data":{"tls.crt":"a\nb","tls.key":"c"},"metadata":{"version":3}}}""",
        """{"lease_duration":2764800,"data":{"tls.crt":"a","tls.key":"c","data":"x","metadata":"y"}}""",
        """{"data":{"data":null,"metadata":{"version":3,"deletion_time":"2026-01-01T00:00:00Z"}}}""",
        """{"type":"MODIFIED","object":{"kind":"Secret","metadata":{"resourceVersion":"7"},"data":{"tls.crt":"YWJj"},"type":"kubernetes.io/tls"}}""",
        """{"kind":"ConfigMap","metadata":{"resourceVersion":"7"},"data":{"tls.crt":"abc"},"binaryData":{"tls.key":"YWJj"}}""",
        """{"type":"ERROR","object":{"kind":"Status","code":410}}""",
    ]).Select(Encoding.UTF8.GetBytes);

    public override string Run(byte[] input)
    {
        var ofCluster = OfCluster(input, isText: false);
        OfCluster(input, isText: true);
        return ofCluster ?? OfVault(input) ?? "none";
    }

    private static string? OfVault(byte[] input)
    {
        try
        {
            using var answer = VaultAnswer.Read(input, s_secret);
            Claim.Holds(answer.Lease >= 0, "a lease before now");
            Claim.Holds(answer.Certificate.Length + answer.Key.Length <= 2 * input.Length, "more than was sent");
            Claim.Holds(!answer.IsDeleted || answer.IsVersioned, "a deleted version of an engine without versions");
            if (answer.IsDeleted) return "vault: deleted";
            return answer.HasCertificate && answer.HasKey ? $"vault: both{(answer.IsVersioned ? ", versioned" : "")}" : "vault: not both";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? OfCluster(byte[] input, bool isText)
    {
        try
        {
            using var values = ClusterValues.Read(input, ["tls.crt", "tls.key"], isText);
            Claim.Holds(values["tls.crt"].Length + values["tls.key"].Length <= 2 * input.Length, "more than was sent");
            return values.Event is "ADDED" or "MODIFIED" or "DELETED" or "BOOKMARK" ? $"cluster: {values.Event} {(values.Has("tls.crt") ? "with a value" : "without")}"
                : values.Event == "ERROR" ? $"cluster: ERROR {values.Code}" : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
