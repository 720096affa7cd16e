using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The rules that tie the keys of a target to each other and to the rest of the file.</summary>
/// <param name="directory">Where relative paths start.</param>
internal sealed class TargetRules(string directory, IReadOnlySet<string> identities, IReadOnlySet<string> trusts, ErrorList errors)
{
    private const int MaxAlpn = 8;

    private static readonly Target s_builtIn = new() { Name = "", Address = new HostPort("", 0), ServerName = "" };

    private readonly RefusalRules _refusals = new(identities, errors);

    /// <summary>Checks what a draft can be checked for by itself; the defaults as well as each target.</summary>
    public void CheckAlone(TargetDraft draft)
    {
        CheckReference(draft.Identity, identities, "identity", "identities");
        CheckReference(draft.Trust, trusts, "trust bundle", "trust");
        _refusals.CheckAlone(draft);
        if (draft.Alpn is not { Valid: true, Value: var alpn } setting) return;
        if (alpn.Count > MaxAlpn) errors.Add(setting.At, setting.Where, $"has more than {MaxAlpn} entries");
        if (alpn.Distinct(StringComparer.Ordinal).Count() < alpn.Count) errors.Add(setting.At, setting.Where, "has an entry twice");
    }

    /// <summary>Checks a target with its defaults merged in.</summary>
    /// <param name="own">Without the defaults.</param>
    public void CheckMerged(TargetDraft own, TargetDraft merged)
    {
        var interval = merged.Interval is null ? s_builtIn.Interval : merged.Interval.Value;
        if (merged.Timeout is { Valid: true } timeout && merged.Interval is null or { Valid: true } && timeout.Value > interval)
        {
            Blame(own.Timeout, own.Interval, timeout,
                $"the timeout of {Duration.Format(timeout.Value)} is longer than the interval of {Duration.Format(interval)}",
                "a probe has to end before the next one begins");
        }

        if (merged.MinVersion is { Valid: true } min && merged.MaxVersion is { Valid: true } max && min.Value > max.Value)
            Blame(own.MinVersion, own.MaxVersion, min, "the lowest TLS version is above the highest", "swap min_version and max_version");

        if (merged.Alpn is { Valid: true } alpn && (merged.Protocol is null or { Valid: true, Value: Protocol.Https }) && alpn.Value.FirstOrDefault(IsNotHttp1) is { } other)
        {
            Blame(own.Alpn, null, alpn, $"{other} would be agreed, but protocol https sends its request in HTTP/1.1",
                "leave out alpn, write [http/1.1], or set protocol: tls");
        }

        _refusals.CheckMerged(own, merged);
        if (own.OwnHttp is { } http && merged.Protocol is { Valid: true, Value: not Protocol.Https } protocol)
        {
            errors.Add(http.At, http.Where, $"no request is sent with protocol {protocol.Value.Label()}",
                "remove these keys, or set protocol: https");
        }
    }

    /// <summary>The target that a draft without errors describes.</summary>
    public Target Build(TargetDraft draft, string name, HostPort address)
    {
        var interval = draft.Interval?.Value ?? s_builtIn.Interval;
        return new Target
        {
            Name = name,
            Address = address,
            ServerName = draft.ServerName?.Value ?? address.Host.TrimEnd('.'),
            Protocol = draft.Protocol?.Value ?? s_builtIn.Protocol,
            Http = new Model.HttpRequest
            {
                Method = draft.Method?.Value ?? s_builtIn.Http.Method,
                Path = draft.Path?.Value ?? s_builtIn.Http.Path,
                ExpectStatus = draft.ExpectStatus?.Value ?? s_builtIn.Http.ExpectStatus,
            },
            Identity = draft.Identity?.Value ?? s_builtIn.Identity,
            Trust = draft.Trust?.Value ?? s_builtIn.Trust,
            MustReject = draft.MustReject?.Value ?? s_builtIn.MustReject,
            Addresses = draft.Addresses?.Value ?? s_builtIn.Addresses,
            MaxAddresses = draft.MaxAddresses?.Value ?? s_builtIn.MaxAddresses,
            Control = draft.Control?.Value ?? s_builtIn.Control,
            Expect = new CertificateExpectation(Absolute(draft.ServerCertificate?.Value), Absolute(draft.Issuer?.Value)),
            RequestExpected = draft.RequestExpected?.Value ?? s_builtIn.RequestExpected,
            Interval = interval,
            Timeout = draft.Timeout?.Value ?? (s_builtIn.Timeout < interval ? s_builtIn.Timeout : interval),
            Tls = new TlsOptions
            {
                MinVersion = draft.MinVersion?.Value ?? s_builtIn.Tls.MinVersion,
                MaxVersion = draft.MaxVersion?.Value ?? s_builtIn.Tls.MaxVersion,
                Alpn = draft.Alpn?.Value,
            },
            Labels = draft.Labels.Where(label => label.Value.Length > 0).OrderBy(label => label.Name, StringComparer.Ordinal).ToValueList(),
        };
    }

    private CertificatePin? Absolute(CertificatePin? pin) => pin is PinnedFile { Path: var path } ? new PinnedFile(Path.GetFullPath(path, directory)) : pin;

    private static bool IsNotHttp1(string protocol) => protocol is not ("http/1.1" or "http/1.0");

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
