using System.Net;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>One name of a certificate, for comparison with the name constraints of its issuers; decoded once, not for each comparison.</summary>
internal sealed class CertifiedName
{
    private readonly ReadOnlyMemory<byte> _directory;
    private readonly string? _host;
    private readonly byte[] _address = [];
    private string? _text;
    private ValueList<string>? _path;

    private CertifiedName(int form, string text)
    {
        (Form, _text) = (form, text);
        if (form == GeneralName.Ip) _address = IPAddress.Parse(text).GetAddressBytes();
        else if (form == GeneralName.Uri) _host = UriHost(text);
        else if (form == GeneralName.Email && text.LastIndexOf('@') is >= 0 and var at) _host = text[(at + 1)..];
    }

    private CertifiedName(ReadOnlyMemory<byte> directory) => (Form, _directory) = (GeneralName.Directory, directory);

    /// <summary>As in <see cref="GeneralName"/>.</summary>
    public int Form { get; }

    /// <summary>The text that is shown.</summary>
    public string Text => _text ??= DistinguishedName.Text(_directory);

    /// <summary>The cost of decoding it, in the unit of <see cref="SearchBounds.TakeName"/>.</summary>
    public int Weight => Form switch
    {
        GeneralName.Dns => 1,
        GeneralName.Directory => ReadingWeight(_directory),
        _ => 1 + (Text.Length / 16),
    };

    /// <summary>The canonical parts of a directory name.</summary>
    private ValueList<string> Path => _path ??= DistinguishedName.Canonical(_directory);

    /// <summary>The cost of decoding a directory name from its DER, in the unit of <see cref="SearchBounds.TakeName"/>.</summary>
    public static int ReadingWeight(ReadOnlyMemory<byte> directory) => 1 + (directory.Length / 2);

    /// <summary>The subject (including mail addresses in it) and the subject alternative names.</summary>
    public static IEnumerable<CertifiedName> AllOf(Certificate certificate)
    {
        var names = certificate.Rules.AlternativeNames;
        var subject = certificate.Rules.SubjectName;
        var directories = Some(GeneralName.Directory);
        return Some(GeneralName.Dns)
            .Concat(Some(GeneralName.Ip))
            .Concat(Some(GeneralName.Uri))
            .Concat(Some(GeneralName.Email))
            .Concat(DistinguishedName.Values(subject, DistinguishedName.EmailAddress).Select(mail => new CertifiedName(GeneralName.Email, mail)))
            .Concat(certificate.Subject.Length == 0 ? directories : directories.Prepend(new CertifiedName(subject)));

        // Decoded on demand: the caller stops at a limit.
        IEnumerable<CertifiedName> Some(int form) => names.All.Where(name => name.Form == form)
            .Select(name => form == GeneralName.Directory ? new CertifiedName(name.Content) : new CertifiedName(form, name.Text));
    }

    /// <summary>Whether it lies within <paramref name="constraint"/>, which has the same form.</summary>
    public bool IsWithin(Subtree constraint) => constraint.Form switch
    {
        GeneralName.Dns => IsInDomain(Text, constraint.Text),
        GeneralName.Ip => IsInNetwork(_address, constraint.Network.Span),
        GeneralName.Uri => _host is not null && IsHost(_host, constraint.Text),
        GeneralName.Email => _host is not null && IsMailbox(Text, _host, constraint.Text),
        GeneralName.Directory => IsBelow(Path, constraint.Path),
        _ => false,
    };

    /// <summary>
    /// As <see cref="IsWithin"/>, for exclusions. These also count: a wildcard that could match an excluded name, a URI without a host, and a
    /// directory name that cannot be read.
    /// </summary>
    public bool MayBeWithin(Subtree constraint) =>
        IsWithin(constraint)
        || (Form == GeneralName.Dns && Text.StartsWith("*.", StringComparison.Ordinal)
            && WithoutFirstLabel(constraint.Text).Equals(Text.AsSpan(1), StringComparison.OrdinalIgnoreCase))
        || (Form == GeneralName.Uri && _host is null)
        || (Form == GeneralName.Directory && Path.Count == 0);

    /// <summary>The domain itself and every name below it; if it begins with a dot, only those below.</summary>
    private static bool IsInDomain(string name, string domain) =>
        domain.Length == 0
        || (name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
            && (name.Length == domain.Length || domain[0] == '.' || name[^(domain.Length + 1)] == '.'));

    private static bool IsInNetwork(ReadOnlySpan<byte> address, ReadOnlySpan<byte> network)
    {
        if (network.Length != 2 * address.Length) return false;
        var start = network[..address.Length];
        var mask = network[address.Length..];
        for (var i = 0; i < address.Length; i++)
        {
            if ((address[i] & mask[i]) != (start[i] & mask[i])) return false;
        }

        return true;
    }

    /// <summary>One host; if it begins with a dot, every host below.</summary>
    private static bool IsHost(string host, string constraint) =>
        constraint.StartsWith('.') ? host.EndsWith(constraint, StringComparison.OrdinalIgnoreCase) && host.Length > constraint.Length
            : host.Equals(constraint, StringComparison.OrdinalIgnoreCase);

    /// <summary>One mailbox, or every mailbox of a host.</summary>
    private static bool IsMailbox(string address, string host, string constraint)
    {
        var at = constraint.LastIndexOf('@');
        if (at < 0) return IsHost(host, constraint);
        return address.AsSpan(0, address.Length - host.Length - 1).SequenceEqual(constraint.AsSpan(0, at))
            && host.AsSpan().Equals(constraint.AsSpan(at + 1), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsBelow(ValueList<string> name, ValueList<string> constraint)
    {
        if (constraint.Count > name.Count) return false;
        for (var i = 0; i < constraint.Count; i++)
        {
            if (name[i] != constraint[i]) return false;
        }

        return true;
    }

    /// <summary>Null if the URI has no host, or an address instead.</summary>
    private static string? UriHost(string uri)
    {
        var start = uri.IndexOf("://", StringComparison.Ordinal);
        if (start < 0) return null;
        var authority = uri.AsSpan(start + 3);
        if (authority.IndexOfAny('/', '?', '#') is >= 0 and var end) authority = authority[..end];
        var host = authority[(authority.LastIndexOf('@') + 1)..];
        if (host.LastIndexOf(':') is >= 0 and var port) host = host[..port];
        return host.Length == 0 || host.StartsWith('[') || IPAddress.TryParse(host, out _) ? null : host.ToString();
    }

    private static ReadOnlySpan<char> WithoutFirstLabel(string name) => name.IndexOf('.') is > 0 and var dot ? name.AsSpan(dot) : [];
}
