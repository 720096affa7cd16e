using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>Messages about an unavailable object of a cluster, and what to do. They quote no text from the server.</summary>
internal static class KubernetesFaults
{
    /// <param name="verb">The verb for roles.</param>
    public static MaterialFault Of(KubernetesObject place, string verb, int status) => status switch
    {
        404 => new MaterialFault(Reasons.NotFound, $"{PlaceOf(place)} does not exist"),
        401 => Of(place, verb, $"the API server answers 401: it does not accept {(place.Cluster.Kubeconfig is { } file ? $"the user of the context in {file}" : $"the token in {place.Cluster.TokenFile}")}, which may have expired or belong to another cluster"),
        403 => Of(place, verb, $"the API server answers 403: a role has to allow get and watch of {place.Resource} with the resourceName {place.Name} in the namespace {place.Namespace} (kubectl auth can-i {verb} {place.Resource}/{place.Name} --namespace {place.Namespace})"),
        429 => Of(place, verb, "the API server answers 429: it has too many requests"),
        301 or 302 or 303 or 307 or 308 => Of(place, verb, FormattableString.Invariant($"the API server answers {status} and redirects to another address, which the token is not sent to")),
        _ => Of(place, verb, FormattableString.Invariant($"the API server answers {status}")),
    };

    /// <param name="problem">Continues a sentence after a colon.</param>
    public static MaterialFault Of(KubernetesObject place, string verb, string problem) =>
        new(Reasons.Unreadable, $"{PlaceOf(place)} cannot be {(verb == "watch" ? "watched" : "read")}: {problem}");

    public static MaterialFault Deleted(KubernetesObject place) => new(Reasons.NotFound, $"{PlaceOf(place)} was deleted");

    public static MaterialFault Lacking(KubernetesObject place, string key) =>
        new(Reasons.NotFound, $"{PlaceOf(place)} has no entry \"{key}\"" + (place.IsConfigMap ? "" : " (a secret of type kubernetes.io/tls has tls.crt and tls.key)"));

    /// <summary>The place in sentences.</summary>
    public static string PlaceOf(KubernetesObject place) => $"{place.Cluster.Name} {place.Place}";
}
