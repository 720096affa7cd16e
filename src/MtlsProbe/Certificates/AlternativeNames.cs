using System.Formats.Asn1;
using System.Net;
using System.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>The subject alternative names of a certificate (RFC 5280 §4.2.1.6), by form, each in the order of the certificate.</summary>
internal sealed record AlternativeNames
{
    public static readonly AlternativeNames None = new();

    public ValueList<string> Dns { get; private init; } = [];

    public ValueList<string> Ip { get; private init; } = [];

    public ValueList<string> Uris { get; private init; } = [];

    public ValueList<string> Emails { get; private init; } = [];

    /// <summary>DER of directory names.</summary>
    public ValueList<ReadOnlyMemory<byte>> Directories { get; private init; } = [];

    /// <summary>Tags of the other forms that occur, each once: 0 otherName, 3 x400Address, 5 ediPartyName, 8 registeredID.</summary>
    public ValueList<int> OtherForms { get; private init; } = [];

    /// <summary>Whether a name was not what its form says; the others stand.</summary>
    public bool HasMalformed { get; private init; }

    /// <exception cref="AsnContentException">It is no list of names.</exception>
    public static AlternativeNames Read(AsnReader names)
    {
        List<string> dns = [], ip = [], uris = [], emails = [];
        List<ReadOnlyMemory<byte>> directories = [];
        SortedSet<int> others = [];
        var hasMalformed = false;
        while (names.HasData)
        {
            var name = GeneralName.Read(names);
            switch (name.Form)
            {
                case GeneralName.Email when name.IsAscii: emails.Add(name.Text); break;
                case GeneralName.Dns when name.IsAscii && name.Content.Length <= GeneralName.MaxDns: dns.Add(name.Text); break;
                case GeneralName.Uri when name.IsAscii: uris.Add(name.Text); break;
                case GeneralName.Ip when name.Content.Length is 4 or 16: ip.Add(new IPAddress(name.Content.Span).ToString()); break;
                case GeneralName.Directory: directories.Add(name.Content); break;
                case GeneralName.Email or GeneralName.Dns or GeneralName.Uri or GeneralName.Ip: hasMalformed = true; break;
                default: others.Add(name.Form); break;
            }
        }

        return new AlternativeNames
        {
            Dns = dns.ToValueList(),
            Ip = ip.ToValueList(),
            Uris = uris.ToValueList(),
            Emails = emails.ToValueList(),
            Directories = directories.ToValueList(),
            OtherForms = others.ToValueList(),
            HasMalformed = hasMalformed,
        };
    }
}

/// <summary>One GeneralName (RFC 5280 §4.2.1.6).</summary>
/// <param name="Form">The number of its tag.</param>
/// <param name="Content">Content octets; of a directory name its whole DER.</param>
internal readonly record struct GeneralName(int Form, ReadOnlyMemory<byte> Content)
{
    public const int Email = 1;
    public const int Dns = 2;
    public const int Directory = 4;
    public const int Uri = 6;
    public const int Ip = 7;

    /// <summary>Octets of a DNS name (RFC 1035 §2.3.4).</summary>
    public const int MaxDns = 255;

    public bool IsAscii => Ascii.IsValid(Content.Span);

    /// <summary>The content as text that is safe to show; no name with a control character in it can be equal to a real one.</summary>
    public string Text => DistinguishedName.Visible(Encoding.ASCII.GetString(Content.Span));

    /// <exception cref="AsnContentException">It is none.</exception>
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
