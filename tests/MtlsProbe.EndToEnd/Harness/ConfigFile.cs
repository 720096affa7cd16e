using System.Globalization;
using System.Text;
using MtlsProbe.EndToEnd.Pki;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>A configuration of the program over the test PKI, as the YAML of a user.</summary>
internal sealed record ConfigFile(PkiFiles Files, IReadOnlyList<TargetEntry> Targets)
{
    public string Interval { get; init; } = "30s";

    public string Timeout { get; init; } = "10s";

    /// <summary>Credentials of the test PKI, by the names of what is wrong with them; by default all of them.</summary>
    public IEnumerable<string> Identities { get; init; } = TestPki.Shared.Clients.Keys;

    /// <summary>Further lines below <c>identities:</c>.</summary>
    public string MoreIdentities { get; init; } = "";

    /// <summary>Further lines below <c>trust:</c>.</summary>
    public string MoreTrust { get; init; } = "";

    public string FileName { get; init; } = "mtlsprobe.yml";

    public string WriteTo(Workspace workspace) => workspace.Write(FileName, Yaml());

    public string Yaml()
    {
        var yaml = new StringBuilder();
        yaml.AppendLine("defaults:").AppendLine(CultureInfo.InvariantCulture, $"  interval: {Interval}")
            .AppendLine(CultureInfo.InvariantCulture, $"  timeout: {Timeout}").AppendLine("  trust: test");
        yaml.AppendLine("trust:").AppendLine(CultureInfo.InvariantCulture, $"  test: {{ files: [{Files.Root}] }}").Append(MoreTrust);
        yaml.AppendLine("identities:");
        foreach (var name in Identities)
        {
            yaml.AppendLine(CultureInfo.InvariantCulture, $"  {name}:")
                .AppendLine(CultureInfo.InvariantCulture, $"    current: {{ certificate: {Files.ClientCertificate(name)}, key: {Files.ClientKey(name)} }}");
        }

        yaml.Append(MoreIdentities);
        yaml.AppendLine("targets:");
        foreach (var target in Targets) target.AppendTo(yaml);
        return yaml.ToString();
    }
}

/// <summary>One target of a configuration.</summary>
internal sealed record TargetEntry(string Name, int Port)
{
    public string Host { get; init; } = "127.0.0.1";

    public string ServerName { get; init; } = TestPki.ServerName;

    public string Protocol { get; init; } = "tls";

    public string Identity { get; init; } = "good";

    /// <summary>The only version offered, <c>1.2</c> or <c>1.3</c>; null: both.</summary>
    public string? Version { get; init; }

    /// <summary>As in the file, <c>[h2]</c>; null: the default of the protocol.</summary>
    public string? Alpn { get; init; }

    public string Path { get; init; } = "/";

    /// <summary>The version of HTTP, <c>"2"</c>; null: the default.</summary>
    public string? HttpVersion { get; init; }

    /// <summary>As in the file: <c>[200-399, 404]</c>.</summary>
    public string? ExpectStatus { get; init; }

    /// <summary>Further lines of the target, without indentation.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    public void AppendTo(StringBuilder yaml)
    {
        yaml.AppendLine(CultureInfo.InvariantCulture, $"  - name: {Name}")
            .AppendLine(CultureInfo.InvariantCulture, $"    address: \"{Host}:{Port}\"")
            .AppendLine(CultureInfo.InvariantCulture, $"    server_name: {ServerName}")
            .AppendLine(CultureInfo.InvariantCulture, $"    protocol: {Protocol}")
            .AppendLine(CultureInfo.InvariantCulture, $"    identity: {Identity}");
        List<string> tls = [];
        if (Version is not null) tls.AddRange([$"min_version: \"{Version}\"", $"max_version: \"{Version}\""]);
        if (Alpn is not null) tls.Add($"alpn: {Alpn}");
        if (tls.Count > 0) yaml.AppendLine(CultureInfo.InvariantCulture, $"    tls: {{ {string.Join(", ", tls)} }}");
        if (Protocol == "https")
        {
            var status = ExpectStatus is null ? "" : $", expect_status: {ExpectStatus}";
            var version = HttpVersion is null ? "" : $", version: \"{HttpVersion}\"";
            yaml.AppendLine(CultureInfo.InvariantCulture, $"    http: {{ path: {Path}{status}{version} }}");
        }

        foreach (var line in More) yaml.AppendLine(CultureInfo.InvariantCulture, $"    {line}");
    }
}
