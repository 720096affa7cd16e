using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Clusters;

namespace MtlsProbe.Inventories;

/// <summary>
/// Lists secrets and ConfigMaps of a cluster. Responses can contain keys: they are read into memory that is overwritten, and only certificates are
/// decoded. The token goes only to the configured server: no redirect is followed, and no proxy is used.
/// </summary>
internal static class ClusterApi
{
    /// <summary>Objects of one page: a secret can have 1 MiB.</summary>
    private const int PageSize = 20;

    /// <summary>Maximum bytes of one response.</summary>
    private const int MaxAnswer = 32 * 1024 * 1024;

    /// <summary>One page of a list.</summary>
    /// <param name="path">The path of the list, such as <c>api/v1/namespaces/shop/secrets</c>.</param>
    /// <param name="next">The continuation; null: the first page.</param>
    /// <returns>The page, or why there is none, as the continuation of a sentence that begins with the path.</returns>
    public static async Task<(ClusterObjects? Page, string? Problem)> ListAsync(ClusterClient client, string path, bool isSecrets, string? next, CancellationToken ct)
    {
        var query = FormattableString.Invariant($"?limit={PageSize}") + (isSecrets ? "&fieldSelector=type%3Dkubernetes.io%2Ftls" : "")
            + (next is null ? "" : $"&continue={Uri.EscapeDataString(next)}");
        try
        {
            var (found, problem) = await client.GetAsync(path + query, ct).ConfigureAwait(false);
            if (found is null) return (null, $"cannot be listed: {problem}");
            using var answer = found;
            if (!answer.IsSuccessStatusCode) return (null, $"cannot be listed: the API server answers {(int)answer.StatusCode}");
            return await ReadAsync(answer.Content, isSecrets, ct).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            return (null, $"cannot be listed: {ApiTransport.Words(e, "the API server")}");
        }
        catch (IOException)
        {
            return (null, "cannot be listed: the connection broke");
        }
    }

    private static async Task<(ClusterObjects? Page, string? Problem)> ReadAsync(HttpContent content, bool isSecrets, CancellationToken ct)
    {
        using var answer = await PinnedAnswer.ReadAsync(content, MaxAnswer, ct).ConfigureAwait(false);
        if (answer is null) return (null, FormattableString.Invariant($"cannot be listed: the answer has more than {MaxAnswer >> 20} MiB"));
        try
        {
            return (ClusterObjects.Read(answer.Bytes, isSecrets), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, "cannot be listed: the answer is not a Kubernetes list");
        }
    }
}
