using System.Net;
using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>One name of a certificate, to be held against the name constraints of its issuers.</summary>
/// <param name="Form">As in <see cref="GeneralName"/>.</param>
/// <param name="Text">As it is shown.</param>
/// <param name="Path">The canonical parts of a directory name.</param>
internal readonly record struct CertifiedName(int Form, string Text, ValueList<string> Path)
{
    /// <summary>Subject (with mail addresses in it) and subject alternative names.</summary>
    public static IEnumerable<CertifiedName> AllOf(Certificate certificate)
    {
        var names = certificate.Rules.AlternativeNames;
        var subject = certificate.Rules.SubjectName;
        var directories = certificate.Subject.Length == 0 ? names.Directories : names.Directories.Prepend(subject);
        return Some(GeneralName.Dns, names.Dns)
            .Concat(Some(GeneralName.Ip, names.Ip))
            .Concat(Some(GeneralName.Uri, names.Uris))
            .Concat(Some(GeneralName.Email, names.Emails.Concat(DistinguishedName.Values(subject, DistinguishedName.EmailAddress))))
            .Concat(directories.Select(name =>
                new CertifiedName(GeneralName.Directory, DistinguishedName.Text(name), DistinguishedName.Canonical(name))));
    }

    private static IEnumerable<CertifiedName> Some(int form, IEnumerable<string> names) =>
        names.Select(name => new CertifiedName(form, name, []));

    /// <summary>Whether it lies within <paramref name="constraint"/>, which has the same form.</summary>
    public bool IsWithin(GeneralName constraint) => constraint.Form switch
    {
        GeneralName.Dns => IsInDomain(Text, constraint.Text),
        GeneralName.Ip => IsInNetwork(IPAddress.Parse(Text).GetAddressBytes(), constraint.Content.Span),
        GeneralName.Uri => Host(Text) is { } host && IsHost(host, constraint.Text),
        GeneralName.Email => IsMailbox(Text, constraint.Text),
        GeneralName.Directory => IsBelow(Path, DistinguishedName.Canonical(constraint.Content)),
        _ => false,
    };

    /// <summary>
    /// As <see cref="IsWithin"/>, for what is excluded: a wildcard that could stand for an excluded name, a URI without a host and a
    /// directory name that cannot be read count too.
    /// </summary>
    public bool MayBeWithin(GeneralName constraint) =>
        IsWithin(constraint)
        || (Form == GeneralName.Dns && Text.StartsWith("*.", StringComparison.Ordinal)
            && WithoutFirstLabel(constraint.Text).Equals(Text.AsSpan(1), StringComparison.OrdinalIgnoreCase))
        || (Form == GeneralName.Uri && Host(Text) is null)
        || (Form == GeneralName.Directory && Path.Count == 0);

    /// <summary>The domain itself and every name below it; with a dot before it only those below.</summary>
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

    /// <summary>One host; with a dot before it every host below.</summary>
    private static bool IsHost(string host, string constraint) =>
        constraint.StartsWith('.') ? host.EndsWith(constraint, StringComparison.OrdinalIgnoreCase) && host.Length > constraint.Length
            : host.Equals(constraint, StringComparison.OrdinalIgnoreCase);

    /// <summary>One mailbox, or every mailbox of a host.</summary>
    private static bool IsMailbox(string address, string constraint)
    {
        var (at, constraintAt) = (address.LastIndexOf('@'), constraint.LastIndexOf('@'));
        if (at < 0) return false;
        if (constraintAt < 0) return IsHost(address[(at + 1)..], constraint);
        return address.AsSpan(0, at).SequenceEqual(constraint.AsSpan(0, constraintAt))
            && address.AsSpan(at).Equals(constraint.AsSpan(constraintAt), StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsBelow(ValueList<string> name, ValueList<string> constraint) =>
        constraint.Count <= name.Count && constraint.SequenceEqual(name.Take(constraint.Count));

    /// <summary>Null where the URI names no host, or an address instead.</summary>
    private static string? Host(string uri)
    {
        var start = uri.IndexOf("://", StringComparison.Ordinal);
        if (start < 0) return null;
        var authority = uri[(start + 3)..];
        if (authority.IndexOfAny(['/', '?', '#']) is >= 0 and var end) authority = authority[..end];
        var host = authority[(authority.LastIndexOf('@') + 1)..];
        if (host.LastIndexOf(':') is >= 0 and var port) host = host[..port];
        return host.Length == 0 || host.StartsWith('[') || IPAddress.TryParse(host, out _) ? null : host;
    }

    private static ReadOnlySpan<char> WithoutFirstLabel(string name) => name.IndexOf('.') is > 0 and var dot ? name.AsSpan(dot) : [];
}
