using System.Globalization;
using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Checks;

/// <summary>Opens every file of a configuration, as the prober would, and reports what is wrong with it.</summary>
internal sealed class ConfigurationCheck(Configuration configuration, MaterialSources sources, TrustSource systemTrust, DateTimeOffset now)
{
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly List<Finding> _findings = [];

    /// <summary>Identities that are used only in must_reject.</summary>
    private readonly HashSet<string> _onlyRefused =
        [.. configuration.Targets.SelectMany(target => target.MustReject).Except(configuration.Targets.SelectMany(target => target.Accepted), StringComparer.Ordinal)];

    /// <summary>The credentials, in the order of the configuration. Neither good nor a fault: not staged.</summary>
    public List<(string Identity, Slot Slot, Material<Credential> Loaded)> Credentials { get; } = [];

    /// <summary>The trust bundles, in the order of the configuration; the machine's last, if a target uses it.</summary>
    public List<(TrustSource Source, Material<TrustBundle> Loaded)> Trusts { get; } = [];

    /// <summary>The revocation lists, by trust bundle.</summary>
    public ValueList<RevocationListState> Lists { get; private set; } = [];

    /// <summary>Findings from the text of a configuration, without any of its files.</summary>
    public static IReadOnlyList<Finding> OfText(Configuration configuration) =>
    [
        .. from entry in ConfiguredMaterials.Credentials(configuration)
           let caution = entry.Source.Caution
           where caution is not null
           select new Finding(false, Where(entry.Identity, entry.Slot), caution.Value.Problem, caution.Value.Hint),
        .. OfSettings(configuration, _ => false),
    ];

    /// <summary>Errors first, then warnings.</summary>
    /// <param name="lists">Reads the revocation lists, after the trust bundles; null: they are not read.</param>
    /// <param name="own">Returns the evidence from lists and responders about a credential, after the lists have been read; null: not checked.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(Func<Task<ValueList<RevocationListState>>>? lists = null, Func<ValueList<Certificate>, Task<ValueList<CertificateRevocation>>>? own = null, CancellationToken stop = default)
    {
        // Sources that are not files are read concurrently.
        List<(CredentialEntry Entry, Task<Look<Credential>> Look)> credentials = [.. ConfiguredMaterials.Credentials(configuration).Select(entry => (entry, sources.Credential(entry.Source, entry.Replaces).LookAsync(stop)))];
        List<(TrustSource Source, Task<Look<TrustBundle>> Look)> trusts = [.. Trusted().Select(source => (source, sources.Trust(source).LookAsync(stop)))];
        foreach (var (entry, look) in credentials) CheckCredential(entry, await look.ConfigureAwait(false));
        foreach (var (source, look) in trusts) CheckTrust(source, await look.ConfigureAwait(false));
        foreach (var path in ConfiguredMaterials.Secrets(configuration)) CheckPassword(path);
        _findings.AddRange(RefusalFindings.Of(configuration, Good, now));
        _findings.AddRange(ExpectedCertificateFindings.Of(configuration, sources, now));
        _findings.AddRange(OfSettings(configuration, NextIsStaged));
        if (lists is not null) Lists = await lists().ConfigureAwait(false);
        List<Finding> ofOwn = [];
        if (own is not null)
        {
            foreach (var (identity, slot, loaded) in Credentials)
                ofOwn.AddRange(OwnRevocationFindings.Of(identity, slot, await own(loaded.Good?.Chain ?? []).ConfigureAwait(false), _onlyRefused.Contains(identity)));
            if (lists is not null) Lists = await lists().ConfigureAwait(false); // the chains of the credentials show who signs lists
        }

        if (lists is not null) _findings.AddRange(RevocationFindings.Of(configuration, Lists, now));
        _findings.AddRange(ofOwn);

        return [.. _findings.OrderByDescending(finding => finding.IsError).ThenBy(finding => finding.IsNote)];
    }

    private static string Where(string identity, Slot slot) => $"identities.{identity}.{slot.Label()}";

    private static IEnumerable<Finding> OfSettings(Configuration configuration, Func<string, bool> nextIsStaged)
    {
        Finding[] ofNone = configuration.Targets.Count == 0 && configuration.Discoveries.Count == 0 ? [new Finding(false, "targets", "there are none, so nothing will be probed", null)] : [];
        return [.. StatusFindings.Of(configuration), .. LoginFindings.Of(configuration), .. LoadFindings.Of(configuration, nextIsStaged), .. ofNone];
    }

    /// <summary>Whether the files of an identity's slot <c>next</c> exist, good or not.</summary>
    public bool NextIsStaged(string identity) =>
        Credentials.Exists(entry => entry.Identity == identity && entry.Slot == Slot.Next && entry.Loaded is not (null, null));

    /// <summary>The machine's anchors are opened if a target uses them.</summary>
    private IEnumerable<TrustSource> Trusted() => configuration.Targets.Any(target => target.Trust == TrustSource.System) ? configuration.Trusts.Append(systemTrust) : configuration.Trusts;

    private Credential? Good(string identity, Slot slot) =>
        Credentials.Find(entry => entry.Identity == identity && entry.Slot == slot).Loaded?.Good;

    private void CheckCredential(CredentialEntry entry, Look<Credential> look)
    {
        var (identity, slot, source, replaces) = entry;
        if (CheckCredential(identity, slot, source, replaces, look) is { } next && slot == Slot.Next && Good(identity, Slot.Current) is { } current)
            _findings.AddRange(NextFindings.Of(identity, current, next, now));
    }

    /// <param name="replaces">For the slot next: the current source; the files may then be missing.</param>
    private Credential? CheckCredential(string identity, Slot slot, CredentialSource source, CredentialSource? replaces, Look<Credential> look)
    {
        var where = Where(identity, slot);
        var (loaded, faults) = look;
        Credentials.Add((identity, slot, loaded));
        AddErrors(where, faults, loaded.Fault);
        foreach (var path in SecretsOf(source).Except(SecretsOf(replaces), StringComparer.Ordinal)) CheckMode(where, path);
        if (source.Caution is { } caution) Warn(where, caution.Problem, caution.Hint);
        _findings.AddRange(Finding.Of(where, loaded.Notes));
        if (loaded.Good is not { } credential) return null;
        foreach (var certificate in credential.Chain) CheckValidity(where, certificate, ExpiryRule.Of, certificate == credential.Leaf && _onlyRefused.Contains(identity));
        CheckUsage(where, credential.Leaf);
        return credential;
    }

    private void CheckTrust(TrustSource source, Look<TrustBundle> look)
    {
        var where = $"trust.{source.Name}";
        var (loaded, faults) = look;
        Trusts.Add((source, loaded));
        AddErrors(where, faults, loaded.Fault);
        _findings.AddRange(Finding.Of(where, loaded.Notes));
        if (source.Name == TrustSource.System) return; // the bundle of a distribution contains old ones; they do no harm
        foreach (var anchor in loaded.Good?.Anchors ?? []) CheckValidity(where, anchor, ExpiryRule.OfAnchor);
    }

    /// <summary>Reported at the first target that uses it, otherwise at the first trust bundle.</summary>
    private void CheckPassword(string path)
    {
        var first = configuration.Targets.FirstOrDefault(target => ConfiguredMaterials.Secrets(target).Contains(path));
        var where = first is not null ? $"targets.{first.Name}.{(first.Way.Proxy?.PasswordFile == path ? "proxy.password_file" : first.Protocol.PasswordKey)}"
            : $"trust.{configuration.Trusts.First(trust => trust.Revocation?.Proxy?.PasswordFile == path).Name}.revocation.proxy.password_file";
        var (loaded, faults) = sources.Secret(path).Look();
        AddErrors(where, faults, loaded.Fault);
        CheckMode(where, path);
    }

    /// <summary>All files that cannot be read; if there are none, the faults of their contents.</summary>
    private void AddErrors(string where, ValueList<MaterialFault> faults, MaterialFault? fault)
    {
        if (fault is null) return;
        foreach (var one in faults.DefaultIfEmpty(fault)) _findings.Add(new Finding(true, where, one.Detail, one.Reason.Hint));
    }

    /// <param name="level">How near the expiry is: issuers and leaves have another rule than anchors.</param>
    /// <param name="isRefused">Whether it is only there to be refused: <see cref="RefusalFindings"/> then judges its dates.</param>
    private void CheckValidity(string where, Certificate certificate, Func<Certificate, DateTimeOffset, ExpiryLevel?> level, bool isRefused = false)
    {
        var left = certificate.NotAfter - now;
        if (isRefused && (left < TimeSpan.Zero || now < certificate.NotBefore)) return;
        if (certificate.ValidityProblem is { } problem)
            Warn(where, $"{certificate} {problem}", "servers refuse it; the issuer has to issue it again");
        else if (left < TimeSpan.Zero)
            Warn(where, $"{certificate} expired at {Times.Minute(certificate.NotAfter)}", "renew it; it is used until then");
        else if (now < certificate.NotBefore)
            Warn(where, $"{certificate} is not valid before {Times.Minute(certificate.NotBefore)}", "compare this clock with the issuer's");
        else if (level(certificate, now) is not null)
            Warn(where, $"{certificate} expires soon, at {Times.Minute(certificate.NotAfter)}", "renew it");
    }

    private void CheckUsage(string where, Certificate leaf)
    {
        if (leaf.Rules.ExtendedKeyUsage is { } usages && !KeyPurposes.AllowClients(usages))
        {
            Warn(where, $"{leaf} may not be used by a TLS client: its extended key usage lacks clientAuth",
                "most servers refuse it (unsupported_certificate); have it issued with clientAuth");
        }
    }

    private void CheckMode(string where, string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path)) return;
        var mode = File.GetUnixFileMode(path);
        if ((mode & OthersMayRead) == 0) return;
        var octal = Convert.ToString((int)mode, 8).PadLeft(4, '0');
        Warn(where, $"{path} can be read by users other than its owner (mode {octal})", "chmod go-rwx " + path);
    }

    private void Warn(string where, string problem, string? hint = null) => _findings.Add(new Finding(false, where, problem, hint));

    private static ValueList<string> SecretsOf(CredentialSource? source) => source?.Files?.Secrets ?? [];
}
