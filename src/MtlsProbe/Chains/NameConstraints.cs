using System.Formats.Asn1;
using MtlsProbe.Model;

namespace MtlsProbe.Chains;

/// <summary>
/// The names that an authority may certify (RFC 5280 §4.2.1.10): DNS names, IP addresses, URIs, mail addresses and directory names. Where
/// names of a form are permitted, every name of that form has to be within one of them; and none may be within an excluded one.
/// </summary>
internal sealed class NameConstraints
{
    /// <summary>A directory name takes about a hundred times as long to compare as a DNS name.</summary>
    private const int DirectoryCost = 100;

    private readonly ILookup<int, GeneralName> _permitted;
    private readonly ILookup<int, GeneralName> _excluded;
    private readonly bool _isCritical;

    private NameConstraints(IEnumerable<GeneralName> permitted, IEnumerable<GeneralName> excluded, bool isCritical) =>
        (_permitted, _excluded, _isCritical) = (permitted.ToLookup(name => name.Form), excluded.ToLookup(name => name.Form), isCritical);

    /// <summary>Null when they are malformed, or more than the bounds allow.</summary>
    public static NameConstraints? Read(CertificateRules rules, SearchBounds bounds)
    {
        List<GeneralName>[] lists = [[], []]; // [0] permitted, [1] excluded
        try
        {
            var sequence = new AsnReader(rules.NameConstraints, CertificateFields.Encoding).ReadSequence();
            while (sequence.HasData)
            {
                var tag = sequence.PeekTag();
                if (tag.TagClass != TagClass.ContextSpecific || tag.TagValue > 1) return null;
                for (var subtrees = sequence.ReadSequence(tag); subtrees.HasData;)
                {
                    var subtree = subtrees.ReadSequence();
                    var name = GeneralName.Read(subtree);
                    // Whatever follows would be a minimum or maximum distance, which RFC 5280 does not use.
                    if (!bounds.TakeName() || subtree.HasData || !IsReadable(name)) return null;
                    lists[tag.TagValue].Add(name);
                }
            }
        }
        catch (AsnContentException)
        {
            return null;
        }

        return new NameConstraints(lists[0], lists[1], rules.NameConstraintsAreCritical);
    }

    /// <summary>An address comes with its mask.</summary>
    private static bool IsReadable(GeneralName name) => name.Form switch
    {
        GeneralName.Ip => name.Content.Length is 8 or 32,
        GeneralName.Directory => name.Content.Length == 2 || DistinguishedName.Canonical(name.Content).Count > 0,
        _ => true,
    };

    /// <summary>The names of <paramref name="certificate"/> that are not allowed.</summary>
    public List<string> Violations(Certificate certificate, SearchBounds bounds)
    {
        List<string> violations = [];
        foreach (var name in CertifiedName.AllOf(certificate))
        {
            if (!bounds.TakeName())
            {
                violations.Add("more names than can be checked");
                return violations;
            }

            var cost = name.Form == GeneralName.Directory ? DirectoryCost : 1;
            var permitted = _permitted[name.Form];
            if (_excluded[name.Form].Any(constraint => !bounds.TakeName(cost) || name.MayBeWithin(constraint))
                || (permitted.Any() && !permitted.Any(constraint => bounds.TakeName(cost) && name.IsWithin(constraint))))
                violations.Add(name.Text);
        }

        // RFC 5280 §4.2.1.10: a form that cannot be processed must be refused where it occurs and the constraint is critical.
        if (_isCritical)
        {
            violations.AddRange(certificate.Rules.AlternativeNames.OtherForms
                .Where(form => _permitted.Contains(form) || _excluded.Contains(form))
                .Select(form => form == 0 ? "an otherName" : $"a name of form {form}"));
        }

        return violations;
    }
}
