using System.Formats.Asn1;
using MtlsProbe.Values;

namespace MtlsProbe.Certificates;

/// <summary>Which certificates a revocation list covers (RFC 5280 §5.2.5).</summary>
internal sealed record IssuingDistributionPoint
{
    private static readonly Asn1Tag s_name = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag s_onlyUsers = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag s_onlyAuthorities = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag s_reasons = new(TagClass.ContextSpecific, 3);
    private static readonly Asn1Tag s_indirect = new(TagClass.ContextSpecific, 4);
    private static readonly Asn1Tag s_onlyAttributes = new(TagClass.ContextSpecific, 5);

    /// <summary>A list for all certificates of its issuer.</summary>
    public static readonly IssuingDistributionPoint Whole = new();

    /// <summary>None: the list is not bound to a distribution point.</summary>
    public ValueList<PointName> Names { get; private init; } = [];

    public bool OnlyUsers { get; private init; }

    public bool OnlyAuthorities { get; private init; }

    public bool OnlyAttributes { get; private init; }

    /// <summary>Whether it can list certificates of other issuers.</summary>
    public bool IsIndirect { get; private init; }

    /// <summary>The reasons that it covers, as in <see cref="DistributionPoint"/>; null: all.</summary>
    public int? Reasons { get; private init; }

    /// <param name="content">The extension's value.</param>
    /// <param name="issuer">DER of the name of the list's issuer.</param>
    /// <exception cref="AsnContentException">It cannot be read.</exception>
    public static IssuingDistributionPoint Read(ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> issuer)
    {
        var outer = new AsnReader(content, CertificateFields.Encoding);
        var point = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        ValueList<PointName> names = DistributionPoint.IsNext(point, s_name) ? PointName.Read(point.ReadSequence(s_name), issuer).Names : [];
        var onlyUsers = Flag(point, s_onlyUsers);
        var onlyAuthorities = Flag(point, s_onlyAuthorities);
        int? reasons = DistributionPoint.IsNext(point, s_reasons) ? DistributionPoint.ReadReasons(point, s_reasons) : null;
        var isIndirect = Flag(point, s_indirect);
        var onlyAttributes = Flag(point, s_onlyAttributes);
        point.ThrowIfNotEmpty();
        return new() { Names = names, OnlyUsers = onlyUsers, OnlyAuthorities = onlyAuthorities, OnlyAttributes = onlyAttributes, IsIndirect = isIndirect, Reasons = reasons };
    }

    private static bool Flag(AsnReader point, Asn1Tag tag) => DistributionPoint.IsNext(point, tag) && point.ReadBoolean(tag);
}
