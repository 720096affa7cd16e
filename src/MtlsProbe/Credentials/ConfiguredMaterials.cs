using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>The files that a configuration names.</summary>
internal static class ConfiguredMaterials
{
    public static IEnumerable<CredentialEntry> Credentials(Configuration configuration)
    {
        foreach (var identity in configuration.Identities)
        {
            yield return new CredentialEntry(identity.Name, Slot.Current, identity.Current, null);
            if (identity.Next is { } next) yield return new CredentialEntry(identity.Name, Slot.Next, next, identity.Current);
        }
    }

    /// <summary>The machine's anchors are some hundred certificates: they are loaded only if a target uses them.</summary>
    public static IEnumerable<TrustSource> Trusts(Configuration configuration, TrustSource system) =>
        configuration.AllowFreeTargets || configuration.Targets.Any(target => target.Trust == TrustSource.System)
            ? configuration.Trusts.Append(system)
            : configuration.Trusts;

    public static IEnumerable<PinnedFile> Pins(Configuration configuration) =>
        configuration.Targets.Select(target => target.ExpectedCertificates).Where(expect => expect is not (null, null))
            .SelectMany(expect => new[] { expect.ServerCertificate, expect.Issuer })
            .OfType<PinnedFile>()
            .Distinct();

    /// <summary>The password files of proxies and logins, including the proxies for evidence of revocation.</summary>
    public static IEnumerable<string> Secrets(Configuration configuration) =>
        configuration.Targets.SelectMany(Secrets)
            .Concat(configuration.Trusts.Select(trust => trust.Revocation?.Proxy?.PasswordFile).OfType<string>())
            .Distinct(StringComparer.Ordinal);

    /// <summary>The password files of one target.</summary>
    public static IEnumerable<string> Secrets(Target target) => new[] { target.Way.Proxy?.PasswordFile, (target.Protocol.Login as PasswordLogin)?.PasswordFile }.OfType<string>();
}
