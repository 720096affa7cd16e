using System.Security.Cryptography;
using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Certificates;
using MtlsProbe.Clusters;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>From the entries of a cluster object to their content.</summary>
/// <param name="Keys">The required entries.</param>
/// <param name="Decode">Called if they exist.</param>
internal sealed record KubernetesReader<T>(KubernetesObject Place, ValueList<string> Keys, Func<ClusterValues, Material<T>> Decode)
    where T : class
{
    /// <summary>In bytes, of an object in the API's encoding; etcd accepts 1.5 MiB.</summary>
    public const int MaxObject = 4 * 1024 * 1024;

    /// <summary>For a request for the object itself.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the object once.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<KubernetesOutcome<T>> ReadAsync(ClusterClient client, string? known, TimeProvider time, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            var (answer, problem) = await client.GetAsync(Place.Path, end.Token).ConfigureAwait(false);
            if (answer is null) return Away(problem!);
            using (answer)
            {
                var status = (int)answer.StatusCode;
                if (status == 404) return new KubernetesOutcome<T>(new(null, KubernetesFaults.Of(Place, "get", status)), null, "", true) { IsNothing = true };
                if (status != 200) return new KubernetesOutcome<T>(new(null, KubernetesFaults.Of(Place, "get", status)), null, "", false);
                using var body = await PinnedAnswer.ReadAsync(answer.Content, MaxObject, end.Token).ConfigureAwait(false);
                if (body is null) return Away(FormattableString.Invariant($"the answer has more than {MaxObject >> 20} MiB"));
                using var values = ClusterValues.Read(body.Bytes, Keys, Place.IsConfigMap);
                return Of(values, known);
            }
        }
        catch (HttpRequestException e)
        {
            return Away(ApiTransport.Words(e, "the API server"));
        }
        catch (IOException)
        {
            return Away("the connection broke");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Away("the answer is not a Kubernetes object");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Away(FormattableString.Invariant($"no complete answer within {s_patience.TotalSeconds:0} s"));
        }
    }

    /// <summary>Reads an object, either from a response or from an event of a watch.</summary>
    /// <param name="known">The stamp of the known content; null: none.</param>
    public KubernetesOutcome<T> Of(ClusterValues values, string? known)
    {
        foreach (var key in Keys)
        {
            if (!values.Has(key)) return new(new(null, KubernetesFaults.Lacking(Place, key)), null, values.Version, true);
        }

        var stamp = Stamp(values);
        if (stamp == known) return new(null, stamp, values.Version, true);
        var decoded = Decode(values);
        return new(decoded, decoded.Fault is null ? stamp : null, values.Version, true);
    }

    private string Stamp(ClusterValues values)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var key in Keys)
        {
            digest.AppendData(BitConverter.GetBytes(values[key].Length));
            digest.AppendData(values[key]);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private KubernetesOutcome<T> Away(string problem) => new(new(null, KubernetesFaults.Of(Place, "get", problem)), null, "", false);
}

/// <summary>The readers for everything that a configuration can name.</summary>
internal static class KubernetesReader
{
    public static KubernetesReader<Credential> Of(KubernetesSecret secret)
    {
        var (certificate, key) = ($"{KubernetesFaults.PlaceOf(secret.Object)}#{secret.Certificate}", $"{KubernetesFaults.PlaceOf(secret.Object)}#{secret.Key}");
        return new(secret.Object, [.. new[] { secret.Certificate, secret.Key }.Distinct()], values => PemPair.Decode(values[secret.Certificate], certificate, values[secret.Key], key, []));
    }

    /// <param name="name">The name of the bundle.</param>
    public static KubernetesReader<TrustBundle> Of(string name, KubernetesTrust trust)
    {
        var place = $"{KubernetesFaults.PlaceOf(trust.Object)}#{trust.Key}";
        return new(trust.Object, [trust.Key], values => TrustLoader.Decode(name, values[trust.Key], place));
    }
}

/// <summary>The result of reading an object once.</summary>
/// <param name="Given">Null: the object is unchanged.</param>
/// <param name="Stamp">Of the content; null if it is not usable.</param>
/// <param name="Version">The version from which a watch continues; empty: from now.</param>
/// <param name="IsConnected">Whether the server answered and accepted our authentication.</param>
internal sealed record KubernetesOutcome<T>(Material<T>? Given, string? Stamp, string Version, bool IsConnected)
    where T : class
{
    /// <summary>Whether there is no such object.</summary>
    public bool IsNothing { get; init; }
}
