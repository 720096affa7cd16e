using System.Formats.Asn1;
using System.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>A place where the issuer of a certificate publishes revocation lists (RFC 5280 §4.2.1.13).</summary>
/// <param name="Names">The names of the place; none: only the issuer identifies the list.</param>
/// <param name="Reasons">The reasons that its lists cover, one bit each, as numbered in ReasonFlags; null: all.</param>
/// <param name="Issuers">The signer of the lists, if it is not the issuer of the certificate.</param>
/// <param name="Uris">Those of <paramref name="Names"/> that are URIs: untrusted text.</param>
internal sealed record DistributionPoint(ValueList<PointName> Names, int? Reasons, ValueList<NameKey> Issuers, ValueList<string> Uris)
{
    /// <summary>Limit for the number of points, and of names in each. A real certificate has one or two.</summary>
    public const int Most = 32;

    /// <summary>keyCompromise to aACompromise, all that are defined; bit 0 is unused.</summary>
    public const int AllReasons = 0b1_1111_1110;

    private static readonly Asn1Tag s_name = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag s_reasons = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag s_issuer = new(TagClass.ContextSpecific, 2);

    /// <summary>None if <paramref name="content"/> is empty or cannot be read.</summary>
    /// <param name="content">The extension's value.</param>
    /// <param name="issuer">DER of the name of the certificate's issuer.</param>
    public static ValueList<DistributionPoint> Read(ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> issuer)
    {
        if (content.IsEmpty) return [];
        try
        {
            List<DistributionPoint> points = [];
            for (var list = new AsnReader(content, CertificateFields.Encoding).ReadSequence(); list.HasData && points.Count < Most;) points.Add(Read(list.ReadSequence(), issuer));
            return points.ToValueList();
        }
        catch (AsnContentException)
        {
            return [];
        }
    }

    private static DistributionPoint Read(AsnReader point, ReadOnlyMemory<byte> issuer)
    {
        var name = IsNext(point, s_name) ? point.ReadSequence(s_name) : null;
        int? reasons = IsNext(point, s_reasons) ? ReadReasons(point, s_reasons) : null;
        List<ReadOnlyMemory<byte>> issuers = [];
        if (IsNext(point, s_issuer))
        {
            for (var names = point.ReadSequence(s_issuer); names.HasData && issuers.Count < Most;)
            {
                if (GeneralName.Read(names) is { Form: GeneralName.Directory, Content: var directory }) issuers.Add(directory);
            }
        }

        var (all, uris) = name is null ? ([], []) : PointName.Read(name, issuers.Count > 0 ? issuers[0] : issuer);
        return new(all, reasons, issuers.Select(NameKey.Of).ToValueList(), uris);
    }

    /// <summary>ReasonFlags; bit n of the number is bit n of the string.</summary>
    internal static int ReadReasons(AsnReader reader, Asn1Tag tag)
    {
        var (flags, octets) = (0, reader.ReadBitString(out _, tag));
        for (var bit = 0; bit < Math.Min(octets.Length * 8, 9); bit++)
        {
            if ((octets[bit / 8] & (0x80 >> (bit % 8))) != 0) flags |= 1 << bit;
        }

        return flags;
    }

    internal static bool IsNext(AsnReader reader, Asn1Tag tag) => reader.HasData && reader.PeekTag().HasSameClassAndValue(tag);
}

/// <summary>A name of a distribution point, for comparison.</summary>
/// <param name="Form">As in <see cref="GeneralName"/>.</param>
/// <param name="Directory">The name, if it is a directory name.</param>
/// <param name="Text">The octets of any other kind of name.</param>
internal readonly record struct PointName(int Form, NameKey Directory, string Text)
{
    private static readonly Asn1Tag s_full = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag s_relative = new(TagClass.ContextSpecific, 1);

    /// <summary>The names of a DistributionPointName, and those of them that are URIs.</summary>
    /// <param name="issuer">DER of the name that a relative name is appended to.</param>
    /// <exception cref="AsnContentException">It is not a DistributionPointName.</exception>
    public static (ValueList<PointName> Names, ValueList<string> Uris) Read(AsnReader choice, ReadOnlyMemory<byte> issuer)
    {
        if (DistributionPoint.IsNext(choice, s_relative)) return ([new(GeneralName.Directory, NameKey.Of(Below(issuer, choice.ReadSetOf(skipSortOrderValidation: true, s_relative))), "")], []);
        List<PointName> names = [];
        List<string> uris = [];
        for (var list = choice.ReadSequence(s_full); list.HasData && names.Count < DistributionPoint.Most;)
        {
            var name = GeneralName.Read(list);
            names.Add(name.Form == GeneralName.Directory ? new(name.Form, NameKey.Of(name.Content), "") : new(name.Form, default, Encoding.Latin1.GetString(name.Content.Span)));
            if (name is { Form: GeneralName.Uri, IsAscii: true }) uris.Add(Encoding.ASCII.GetString(name.Content.Span));
        }

        return (names.ToValueList(), uris.ToValueList());
    }

    private static byte[] Below(ReadOnlyMemory<byte> issuer, AsnReader attributes)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            for (var parts = new AsnReader(issuer, CertificateFields.Encoding).ReadSequence(); parts.HasData;) writer.WriteEncodedValue(parts.ReadEncodedValue().Span);
            using (writer.PushSetOf())
            {
                while (attributes.HasData) writer.WriteEncodedValue(attributes.ReadEncodedValue().Span);
            }
        }

        return writer.Encode();
    }
}
