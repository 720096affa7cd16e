using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The rules that tie the keys of a target to each other and to the rest of the file.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class TargetRules(string directory, Protocols protocols, IReadOnlySet<string> identities, IReadOnlySet<string> trusts, ErrorList errors)
{
    private const int MaxAlpn = 8;

    private readonly Target _builtIn = new() { Name = "", Address = new HostPort("", 0), ServerName = "", Protocol = protocols.Default.Plain };

    private readonly HashSet<Protocol> _spoken = []; // equal ones are kept once

    private readonly HashSet<Way> _ways = []; // as these

    private readonly HashSet<TargetSettings> _settings = []; // as these

    private readonly HashSet<HostPort> _addresses = []; // and these

    private readonly RefusalRules _refusals = new(identities, errors);

    private readonly AcceptanceRules _acceptances = new(identities, errors);

    private readonly Dictionary<(string Identity, ValueList<string> Accepts), ValueList<string>> _others = []; // equal ones are kept once

    private readonly LoginRules _logins = new(directory);

    /// <summary>The checks of a single draft; for the defaults as well as each target.</summary>
    public void CheckAlone(TargetDraft draft)
    {
        CheckReference(draft.Of(TargetKeys.Identity), identities, "identity", "identities");
        CheckReference(draft.Of(TargetKeys.Trust), trusts, "trust bundle", "trust");
        _acceptances.CheckAlone(draft);
        _refusals.CheckAlone(draft);
        if (draft.Of(TargetKeys.ServerId) is { Valid: true, Value: { } id } named && ServerIdGrammar.Problem(id) is { } crowded) errors.Add(named.At, named.Where, crowded.Problem, crowded.Hint);
        if (draft.Of(TargetKeys.Alpn) is { Valid: true, Value: var alpn } setting && AlpnProblem(alpn) is { } wrong) errors.Add(setting.At, setting.Where, wrong.Problem, wrong.Hint);
    }

    /// <summary>What is wrong with a list of ALPN names whatever is spoken; null: nothing.</summary>
    public static (string Problem, string? Hint)? AlpnProblem(ValueList<string> alpn) =>
        alpn.Count > MaxAlpn ? ($"has more than {MaxAlpn} entries", null)
        : alpn.Distinct(StringComparer.Ordinal).Count() < alpn.Count ? ("has an entry twice", null)
        : null;

    /// <summary>Checks a target with its defaults merged in.</summary>
    /// <param name="own">Without the defaults.</param>
    public void CheckMerged(TargetDraft own, TargetDraft merged)
    {
        var given = merged.Of(TargetKeys.Interval);
        var interval = given?.Value ?? _builtIn.Interval;
        if (merged.Of(TargetKeys.Timeout) is { Valid: true } timeout && given is null or { Valid: true } && timeout.Value > interval)
        {
            Blame(own.Of(TargetKeys.Timeout), own.Of(TargetKeys.Interval), timeout,
                $"the timeout of {Duration.Format(timeout.Value)} is longer than the interval of {Duration.Format(interval)}",
                "a probe has to end before the next one begins");
        }

        if (merged.Of(TargetKeys.MinVersion) is { Valid: true } min && merged.Of(TargetKeys.MaxVersion) is { Valid: true } max && min.Value > max.Value)
            Blame(own.Of(TargetKeys.MinVersion), own.Of(TargetKeys.MaxVersion), min, "the lowest TLS version is above the highest", "swap min_version and max_version");

        if (merged.Of(TargetKeys.Proxy) is { Valid: true, Value: not null } proxy && merged.Of(TargetKeys.Addresses) is { Valid: true, Value: AddressChoice.All }
            && merged.Address is { Valid: true, Value.Literal: null })
        {
            Blame(own.Of(TargetKeys.Proxy), null, proxy, "the proxy resolves the server's name, so its addresses are not known here and addresses: all cannot work",
                "one target for each address, with server_name; or addresses: one; or proxy: none");
        }

        _acceptances.CheckMerged(own, merged);
        _refusals.CheckMerged(own, merged);
        if ((merged.Protocol is null ? protocols.Default : merged.Protocol.Value) is not { } grammar) return;
        CheckBlocks(own, grammar);
        var spoken = Spoken(merged, grammar);
        if (merged.Of(TargetKeys.Login) is { Valid: true, Value: { } login } stated && LoginRules.Problem(grammar, login, SpokenBy(merged, grammar)) is { } impossible)
            Blame(own.Of(TargetKeys.Login), null, stated, impossible.Problem, impossible.Hint);
        if (merged.BlockOf(grammar) is { } block && grammar.BlockProblem(spoken) is { } contradiction) errors.Add(block.At, block.Where, contradiction.Problem, contradiction.Hint);
        if (merged.Of(TargetKeys.Alpn) is { Valid: true } alpn && grammar.AlpnProblem(alpn.Value, spoken) is { } wrong) Blame(own.Of(TargetKeys.Alpn), null, alpn, wrong.Problem, wrong.Hint);
        if (merged.Address is { Valid: true, Value: { } address } place && Grammar.WithPort(address, grammar, spoken) is { Problem: { } problem, Hint: var hint })
            errors.Add(place.At, place.Where, $"\"{(address.Host.Contains(':', StringComparison.Ordinal) ? $"[{address.Host}]" : address.Host)}\" {problem}", hint);
    }

    /// <summary>A block of the defaults applies to targets with its protocol; in a target with another protocol, it is an error.</summary>
    private void CheckBlocks(TargetDraft own, ProtocolGrammar spoken)
    {
        foreach (var protocol in protocols.WithBlocks.Where(protocol => protocol.Block != spoken.Block))
        {
            if (!own.Blocks.TryGetValue(protocol.Block!, out var block)) continue;
            var speakers = string.Join(" or ", protocols.Grammars.Where(other => other.Block == protocol.Block).Select(other => other.Name));
            errors.Add(block.At, block.Where, protocol.Misplaced(spoken.Name), $"remove these keys, or set protocol: {speakers}");
        }
    }

    /// <summary>The target that a draft without errors describes.</summary>
    /// <param name="source">As <see cref="TargetSettings.Source"/>.</param>
    public Target Build(TargetDraft draft, string name, HostPort address, string? source = null)
    {
        var interval = draft.Of(TargetKeys.Interval)?.Value ?? _builtIn.Interval;
        var protocol = draft.Protocol?.Value ?? protocols.Default;
        var spoken = Spoken(draft, protocol);
        var identity = draft.Of(TargetKeys.Identity)?.Value ?? _builtIn.Identity;
        var accepts = draft.Of(TargetKeys.Accepts)?.Value ?? _builtIn.Accepts;
        var refusals = draft.Of(TargetKeys.MustReject)?.Value;
        var settings = new TargetSettings
        {
            ServerId = draft.Of(TargetKeys.ServerId)?.Value,
            ChecksName = draft.Of(TargetKeys.ServerId)?.Value is null || draft.Of(TargetKeys.ServerName) is not null,
            Protocol = spoken,
            Identity = identity,
            Accepts = accepts,
            Trust = draft.Of(TargetKeys.Trust)?.Value ?? _builtIn.Trust,
            MustReject = refusals is { AreOthers: true } ? Others(identity, accepts) : refusals?.Named ?? _builtIn.MustReject,
            MustRejectOthers = refusals is { AreOthers: true },
            Addresses = draft.Of(TargetKeys.Addresses)?.Value ?? _builtIn.Addresses,
            MaxAddresses = draft.Of(TargetKeys.MaxAddresses)?.Value ?? _builtIn.MaxAddresses,
            Control = draft.Of(TargetKeys.Control)?.Value ?? _builtIn.Control,
            ExpectedCertificates = new ExpectedCertificates(Absolute(draft.Of(TargetKeys.ServerCertificate)?.Value), Absolute(draft.Of(TargetKeys.Issuer)?.Value)),
            RequestExpected = draft.Of(TargetKeys.RequestExpected)?.Value ?? _builtIn.RequestExpected,
            Interval = interval,
            Timeout = draft.Of(TargetKeys.Timeout)?.Value ?? (_builtIn.Timeout < interval ? _builtIn.Timeout : interval),
            Tls = TlsOf(draft),
            Way = WayOf(draft),
            Source = source,
        };
        var place = Shared(_addresses, Grammar.WithPort(address, protocol, spoken).Value ?? address);
        return new Target(name, place, draft.Of(TargetKeys.ServerName)?.Value ?? place.Host.TrimEnd('.'), Shared(_settings, settings))
        {
            Labels = draft.Labels.Count == 0 ? [] : draft.Labels.Where(label => label.Value.Length > 0).OrderBy(label => label.Name, StringComparer.Ordinal).ToValueList(),
        };
    }

    private static T Shared<T>(HashSet<T> all, T one)
    {
        if (all.TryGetValue(one, out var known)) return known;
        all.Add(one);
        return one;
    }

    /// <summary>
    /// Forgets values that targets share, if there are many more of them than targets: those of targets that were replaced are among them. To be called
    /// before further targets are read.
    /// </summary>
    public void Trim(int targets)
    {
        if (_spoken.Count + _ways.Count + _others.Count + _settings.Count + _addresses.Count <= 1000 + targets) return;
        _spoken.Clear();
        _ways.Clear();
        _others.Clear();
        _settings.Clear();
        _addresses.Clear();
    }

    /// <summary>Everybody but these: no certificate first, then in the order of the configuration.</summary>
    private ValueList<string> Others(string identity, ValueList<string> accepts)
    {
        if (_others.TryGetValue((identity, accepts), out var known)) return known;
        return _others[(identity, accepts)] = [.. identities.OrderBy(name => name != Identity.None).Where(name => name != identity && !accepts.Contains(name))];
    }

    /// <summary>The protocol of a draft.</summary>
    private Protocol Spoken(TargetDraft draft, ProtocolGrammar grammar)
    {
        var protocol = _logins.With(SpokenBy(draft, grammar), draft.Of(TargetKeys.Login)?.Value);
        return Shared(_spoken, protocol);
    }

    /// <summary>Before the key <c>login</c> is read.</summary>
    private static Protocol SpokenBy(TargetDraft draft, ProtocolGrammar grammar) => draft.BlockOf(grammar) is { } block ? grammar.Read(block) : grammar.Plain;

    private TlsOptions TlsOf(TargetDraft draft) =>
        (draft.Of(TargetKeys.MinVersion), draft.Of(TargetKeys.MaxVersion), draft.Of(TargetKeys.Alpn)) is (null, null, null)
            ? _builtIn.Tls
            : new TlsOptions
            {
                MinVersion = draft.Of(TargetKeys.MinVersion)?.Value ?? _builtIn.Tls.MinVersion,
                MaxVersion = draft.Of(TargetKeys.MaxVersion)?.Value ?? _builtIn.Tls.MaxVersion,
                Alpn = draft.Of(TargetKeys.Alpn)?.Value,
            };

    private Way WayOf(TargetDraft draft)
    {
        var (proxy, header, source) = (draft.Of(TargetKeys.Proxy)?.Value, draft.Of(TargetKeys.ProxyProtocol)?.Value ?? ProxyHeader.None, draft.Of(TargetKeys.SourceAddress)?.Value);
        if (proxy is null && header == ProxyHeader.None && source is null) return Way.Direct;
        var way = new Way
        {
            Proxy = proxy?.PasswordFile is { } file ? proxy with { PasswordFile = Path.GetFullPath(file, directory) } : proxy,
            ProxyProtocol = header,
            SourceAddress = source,
        };
        return Shared(_ways, way);
    }

    private CertificatePin? Absolute(CertificatePin? pin) => pin is PinnedFile { Path: var path } ? new PinnedFile(Path.GetFullPath(path, directory)) : pin;

    private void CheckReference(Setting<string>? setting, IReadOnlySet<string> names, string kind, string section)
    {
        if (setting is not { Valid: true, Value: { } name } || names.Contains(name)) return;
        var hint = Spelling.DidYouMean(name, names) ?? $"define it under {section}";
        errors.Add(setting.At, setting.Where, $"there is no {kind} \"{name}\"", hint);
    }

    /// <summary>Reports at the target's own key; where it has none, once for all at the key of the defaults.</summary>
    private void Blame<T>(Setting<T>? first, Setting<T>? second, Setting<T> inherited, string problem, string hint)
    {
        var at = first ?? second ?? inherited;
        errors.Add(at.At, at.Where, problem, hint);
    }
}
