namespace MtlsProbe.Model;

/// <summary>A cluster, and our credentials for it: by default, the cluster in which this pod runs.</summary>
internal sealed record KubernetesCluster
{
    private const string Account = "/var/run/secrets/kubernetes.io/serviceaccount/";

    public static readonly KubernetesCluster Own = new();

    /// <summary>The API server, with a final slash.</summary>
    public Uri Server { get; init; } = new("https://kubernetes.default.svc/");

    /// <summary>Read again for each request: the token of a pod is replaced about every hour.</summary>
    public string TokenFile { get; init; } = Account + "token";

    /// <summary>The file with the CA certificates that must have issued the server's certificate.</summary>
    public string CaFile { get; init; } = Account + "ca.crt";

    /// <summary>A kubeconfig that has all three, read again for each request; null: use the fields above.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The context in the kubeconfig; null: its current context.</summary>
    public string? Context { get; init; }

    /// <summary>The name in metrics and pages.</summary>
    public string Name => Kubeconfig is null ? Server.AbsoluteUri.TrimEnd('/') : Context is null ? Kubeconfig : $"{Kubeconfig}#{Context}";

    /// <summary>Flags for kubectl, with a space before each.</summary>
    public string Flags
    {
        get
        {
            if (Kubeconfig is not null) return $" --kubeconfig {Text.ShellWord.Of(Kubeconfig)}" + (Context is null ? "" : $" --context {Text.ShellWord.Of(Context)}");
            return this == Own ? "" : $" --server {Text.ShellWord.Of(Name)} --certificate-authority {Text.ShellWord.Of(CaFile)} --token \"$(cat {Text.ShellWord.Of(TokenFile)})\"";
        }
    }
}
