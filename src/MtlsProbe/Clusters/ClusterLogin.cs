using MtlsProbe.Values;

namespace MtlsProbe.Clusters;

/// <summary>The address of a cluster's API server and our credentials for it, as in a kubeconfig. Files are absolute paths.</summary>
internal sealed record ClusterLogin(Uri Server)
{
    /// <summary>CA certificates in PEM; null: see <see cref="CaFile"/>.</summary>
    public string? Authorities { get; init; }

    /// <summary>The file with the CA certificates; null, like <see cref="Authorities"/>: those of the machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>The name that the server's certificate must have; null: that of its address.</summary>
    public string? ServerName { get; init; }

    public string? Token { get; init; }

    public string? TokenFile { get; init; }

    /// <summary>In PEM, or the path of a file; null: none is presented.</summary>
    public (string Text, bool IsFile)? Certificate { get; init; }

    public (string Text, bool IsFile)? Key { get; init; }

    /// <summary>Further files that have to be read.</summary>
    public ValueList<string> Files => [.. new[] { CaFile, TokenFile, Certificate is (var certificate, true) ? certificate : null, Key is (var key, true) ? key : null }.OfType<string>()];

    /// <summary>Without the secrets.</summary>
    public override string ToString() => Server.ToString();
}
