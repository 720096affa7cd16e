using System.Formats.Asn1;
using MtlsProbe.Certificates;

namespace MtlsProbe.Trust;

/// <summary>
/// The names that an authority may certify (RFC 5280 §4.2.1.10): DNS names, IP addresses, URIs, mail addresses and directory names. If there are
/// permitted subtrees for a kind of name, every name of that kind must be within one of them. No name may be within an excluded subtree.
/// </summary>
internal sealed class NameConstraints
{
    private const string TooMany = "more names than can be checked";

    private readonly ILookup<int, Subtree> _permitted;
    private readonly ILookup<int, Subtree> _excluded;
    private readonly bool _isCritical;

    private NameConstraints(IEnumerable<Subtree> permitted, IEnumerable<Subtree> excluded, bool isCritical) =>
        (_permitted, _excluded, _isCritical) = (permitted.ToLookup(name => name.Form), excluded.ToLookup(name => name.Form), isCritical);

    /// <summary>Null if they are malformed, or exceed the limits.</summary>
    public static NameConstraints? Read(CertificateRules rules, SearchBounds bounds)
    {
        List<Subtree>[] lists = [[], []]; // [0] permitted, [1] excluded
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
                    // Anything else would be a minimum or maximum distance, which RFC 5280 does not use.
                    if (subtree.HasData || !bounds.TakeName(Subtree.ReadingWeight(name)) || Subtree.Read(name) is not { } tree) return null;
                    lists[tag.TagValue].Add(tree);
                }
            }
        }
        catch (AsnContentException)
        {
            return null;
        }

        return new NameConstraints(lists[0], lists[1], rules.NameConstraintsAreCritical);
    }

    /// <summary>The names of <paramref name="certificate"/> that are not allowed.</summary>
    public List<string> Violations(Certificate certificate, SearchBounds bounds)
    {
        // The subject is also searched for mail addresses.
        if (!bounds.TakeName(CertifiedName.ReadingWeight(certificate.Rules.SubjectName))) return [TooMany];
        List<string> violations = [];
        foreach (var name in CertifiedName.AllOf(certificate))
        {
            if (!bounds.TakeName(name.Weight))
            {
                violations.Add(TooMany);
                return violations;
            }

            var permitted = _permitted[name.Form];
            if (_excluded[name.Form].Any(constraint => !bounds.TakeName(constraint.Weight) || name.MayBeWithin(constraint))
                || (permitted.Any() && !permitted.Any(constraint => bounds.TakeName(constraint.Weight) && name.IsWithin(constraint))))
                violations.Add(name.Text);
        }

        // RFC 5280 §4.2.1.10: if the constraint is critical, names of an unsupported kind must be refused.
        if (_isCritical)
        {
            violations.AddRange(certificate.Rules.AlternativeNames.OtherForms
                .Where(form => _permitted.Contains(form) || _excluded.Contains(form))
                .Select(form => form == 0 ? "an otherName" : $"a name of form {form}"));
        }

        return violations;
    }
}
