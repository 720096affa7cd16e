using System.Formats.Asn1;
using System.Net;
using System.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>
/// The subject alternative names of a certificate (RFC 5280 §4.2.1.6), by kind, each in the order of the certificate. A hostile peer can put 32,000
/// into one certificate: the first ones are kept as text, the others are counted. <see cref="All"/> reads every name again if a verdict depends on
/// it.
/// </summary>
internal sealed record AlternativeNames
{
    /// <summary>
    /// Maximum number of names that are kept as text. The largest certificates of public authorities have 100, those of content networks some
    /// hundred.
    /// </summary>
    public const int MostKept = 256;

    /// <summary>Maximum UTF-16 units of all names that are kept.</summary>
    public const int MostCharacters = 16_384;

    public static readonly AlternativeNames None = new();

    public ValueList<string> Dns { get; private init; } = [];

    public ValueList<string> Ip { get; private init; } = [];

    public ValueList<string> Uris { get; private init; } = [];

    /// <summary>Number of further DNS names, IP addresses and URIs.</summary>
    public int LeftOut { get; private init; }

    /// <summary>Tags of the other kinds of names, each once: 0 otherName, 3 x400Address, 5 ediPartyName, 8 registeredID.</summary>
    public ValueList<int> OtherForms { get; private init; } = [];

    /// <summary>Whether a name was malformed; the others are kept.</summary>
    public bool HasMalformed { get; private init; }

    /// <summary>Every well-formed name, read again from the certificate.</summary>
    public IEnumerable<GeneralName> All => AsWritten.Where(name => name.IsWellFormed);

    /// <summary>The same as <see cref="All"/>, including malformed names.</summary>
    public IEnumerable<GeneralName> AsWritten
    {
        get
        {
            if (Content.IsEmpty) yield break;
            for (var names = new AsnReader(Content, CertificateFields.Encoding).ReadSequence(); names.HasData;) yield return GeneralName.Read(names);
        }
    }

    /// <summary>The extension, a part of the certificate.</summary>
    private ReadOnlyMemory<byte> Content { get; init; }

    /// <param name="content">DER of the list.</param>
    /// <exception cref="AsnContentException">It is not a list of names.</exception>
    public static AlternativeNames Read(ReadOnlyMemory<byte> content)
    {
        List<string> dns = [], ip = [], uris = [];
        SortedSet<int> others = [];
        var (hasMalformed, leftOut, characters) = (false, 0, 0);
        for (var names = new AsnReader(content, CertificateFields.Encoding).ReadSequence(); names.HasData;)
        {
            var name = GeneralName.Read(names);
            var list = name.Form switch { GeneralName.Dns => dns, GeneralName.Ip => ip, GeneralName.Uri => uris, _ => null };
            if (!name.IsKnownForm) others.Add(name.Form);
            else if (!name.IsWellFormed) hasMalformed = true;
            else if (list is not null && !Keep(list, name)) leftOut++;
        }

        return new AlternativeNames
        {
            Content = content,
            Dns = dns.ToValueList(),
            Ip = ip.ToValueList(),
            Uris = uris.ToValueList(),
            LeftOut = leftOut,
            OtherForms = others.ToValueList(),
            HasMalformed = hasMalformed,
        };

        bool Keep(List<string> list, GeneralName name)
        {
            if (dns.Count + ip.Count + uris.Count >= MostKept || characters + name.Content.Length > MostCharacters) return false;
            var text = name.Text;
            if ((characters += text.Length) > MostCharacters) return false;
            list.Add(text);
            return true;
        }
    }
}

/// <summary>One GeneralName (RFC 5280 §4.2.1.6).</summary>
/// <param name="Form">The tag number.</param>
/// <param name="Content">Content octets; for a directory name, its whole DER.</param>
internal readonly record struct GeneralName(int Form, ReadOnlyMemory<byte> Content)
{
    public const int Email = 1;
    public const int Dns = 2;
    public const int Directory = 4;
    public const int Uri = 6;
    public const int Ip = 7;

    /// <summary>Maximum octets of a DNS name (RFC 1035 §2.3.4).</summary>
    public const int MaxDns = 255;

    public bool IsAscii => Ascii.IsValid(Content.Span);

    public bool IsKnownForm => Form is Email or Dns or Directory or Uri or Ip;

    /// <summary>Whether the content is valid for this kind of name; false for unknown kinds.</summary>
    public bool IsWellFormed => Form switch
    {
        Email or Uri => IsAscii,
        Dns => Content.Length <= MaxDns && IsAscii,
        Ip => Content.Length is 4 or 16,
        Directory => true,
        _ => false,
    };

    /// <summary>The content as text that is safe to show. A name with a control character never equals a real one.</summary>
    public string Text => Form switch
    {
        Ip when IsWellFormed => new IPAddress(Content.Span).ToString(),
        Directory => DistinguishedName.Text(Content),
        _ => DistinguishedName.Visible(Encoding.ASCII.GetString(Content.Span)),
    };

    /// <exception cref="AsnContentException">It is not a GeneralName.</exception>
    public static GeneralName Read(AsnReader reader)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific) throw new AsnContentException("no GeneralName");
        return new GeneralName(tag.TagValue, tag.TagValue == Directory ? reader.ReadSequence(tag).ReadEncodedValue() : ReadContent(reader));
    }

    private static ReadOnlyMemory<byte> ReadContent(AsnReader reader)
    {
        var encoded = reader.ReadEncodedValue();
        AsnDecoder.ReadEncodedValue(encoded.Span, CertificateFields.Encoding, out var start, out var length, out _);
        return encoded.Slice(start, length);
    }
}
