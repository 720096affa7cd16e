using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using YamlNode = YamlDotNet.RepresentationModel.YamlNode;

namespace MtlsProbe.Tests.Kubernetes;

/// <summary>The configuration of a chart, the files that it needs, and the files of a pod.</summary>
internal static class Mounted
{
    /// <summary>The valid configuration in the chart's ConfigMap; null if the ConfigMap comes from elsewhere.</summary>
    public static Configuration? Configuration(Chart chart)
    {
        if (chart.All("ConfigMap").SingleOrDefault(map => map["data"].Has("mtlsprobe.yml")) is not { } map) return null;
        var read = ConfigurationFile.Parse(map["data"].Text("mtlsprobe.yml"), "/etc/mtlsprobe/mtlsprobe.yml", BuiltInProtocols.All);
        Assert.Empty(read.Errors);
        return read.Configuration;
    }

    /// <summary>The files of credentials and trust anchors.</summary>
    public static IEnumerable<string> FilesOf(Configuration configuration) =>
        configuration.Identities.SelectMany(identity => new[] { identity.Current, identity.Next }).OfType<SecretDirectory>()
            .SelectMany(source => new[] { Path.Combine(source.Path, "tls.crt"), Path.Combine(source.Path, "tls.key") })
            .Concat(configuration.Trusts.SelectMany(trust => trust.Files));

    /// <summary>The files of single keys of secrets and ConfigMaps.</summary>
    public static IEnumerable<string> FilesIn(YamlNode pod) =>
        from volume in pod["spec"].List("volumes")
        where volume.Has("projected")
        let mount = pod["spec"].List("containers").Single().List("volumeMounts").Single(mount => mount.Text("name") == volume.Text("name"))
        from source in volume["projected"].List("sources")
        from item in source.Children.Values.Single().List("items")
        select Path.Combine(mount.Text("mountPath"), item.Text("path"));
}
