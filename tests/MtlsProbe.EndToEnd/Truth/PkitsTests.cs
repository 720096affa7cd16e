using MtlsProbe.Certificates;
using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.Model;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.EndToEnd.Truth;

/// <summary>
/// NIST's Public Key Interoperability Test Suite, for revocation lists: chapters 4.4, 4.14 and 4.15, and from 4.7 the effect of cRLSign. Lists are
/// the only evidence, and unknown means untrusted. docs/pkits.md has the table.
/// </summary>
public sealed class PkitsTests
{
    private const string Package = "python3-cryptography-vectors";

    /// <summary>The clock of the suite: its certificates are valid from 2010 to 2030.</summary>
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Where we are stricter than the suite; docs/pkits.md says why.</summary>
    private static readonly string[] s_stricter = ["ValidcRLIssuerTest30"];

    private static readonly Lazy<Suite> s_suite = new(() => new Suite());

    public static TheoryData<string> Tests { get; } =
    [
        "InvalidMissingCRLTest1", "InvalidRevokedCATest2", "InvalidRevokedEETest3", "InvalidBadCRLSignatureTest4", "InvalidBadCRLIssuerNameTest5",
        "InvalidWrongCRLTest6", "ValidTwoCRLsTest7", "InvalidUnknownCRLEntryExtensionTest8", "InvalidUnknownCRLExtensionTest9",
        "InvalidUnknownCRLExtensionTest10", "InvalidOldCRLnextUpdateTest11", "Invalidpre2000CRLnextUpdateTest12",
        "ValidGeneralizedTimeCRLnextUpdateTest13", "ValidNegativeSerialNumberTest14", "InvalidNegativeSerialNumberTest15",
        "ValidLongSerialNumberTest16", "ValidLongSerialNumberTest17", "InvalidLongSerialNumberTest18", "ValidSeparateCertificateandCRLKeysTest19",
        "InvalidSeparateCertificateandCRLKeysTest20", "InvalidSeparateCertificateandCRLKeysTest21",
        "InvalidkeyUsageCriticalcRLSignFalseTest4", "InvalidkeyUsageNotCriticalcRLSignFalseTest5",
        "ValiddistributionPointTest1", "InvaliddistributionPointTest2", "InvaliddistributionPointTest3", "ValiddistributionPointTest4",
        "ValiddistributionPointTest5", "InvaliddistributionPointTest6", "ValiddistributionPointTest7", "InvaliddistributionPointTest8",
        "InvaliddistributionPointTest9", "ValidNoissuingDistributionPointTest10", "InvalidonlyContainsUserCertsTest11",
        "InvalidonlyContainsCACertsTest12", "ValidonlyContainsCACertsTest13", "InvalidonlyContainsAttributeCertsTest14",
        "InvalidonlySomeReasonsTest15", "InvalidonlySomeReasonsTest16", "InvalidonlySomeReasonsTest17", "ValidonlySomeReasonsTest18",
        "ValidonlySomeReasonsTest19", "InvalidonlySomeReasonsTest20", "InvalidonlySomeReasonsTest21", "ValidIDPwithindirectCRLTest22",
        "InvalidIDPwithindirectCRLTest23", "ValidIDPwithindirectCRLTest24", "ValidIDPwithindirectCRLTest25", "InvalidIDPwithindirectCRLTest26",
        "InvalidcRLIssuerTest27", "ValidcRLIssuerTest28", "ValidcRLIssuerTest29", "ValidcRLIssuerTest30", "InvalidcRLIssuerTest31",
        "InvalidcRLIssuerTest32", "ValidcRLIssuerTest33", "InvalidcRLIssuerTest34", "InvalidcRLIssuerTest35",
        "InvaliddeltaCRLIndicatorNoBaseTest1", "ValiddeltaCRLTest2", "InvaliddeltaCRLTest3", "InvaliddeltaCRLTest4", "ValiddeltaCRLTest5",
        "InvaliddeltaCRLTest6", "ValiddeltaCRLTest7", "ValiddeltaCRLTest8", "InvaliddeltaCRLTest9", "InvaliddeltaCRLTest10",
    ];

    [PkitsTheory]
    [MemberData(nameof(Tests))]
    public void The_lists_of_the_suite_are_judged_as_the_suite_says(string test)
    {
        var chain = s_suite.Value.Judge(test);
        var isValid = chain.Faults.All(fault => fault.Error == Reasons.NameMismatch); // its leaves are not certificates for servers
        Assert.True((test.StartsWith("Valid", StringComparison.Ordinal) && !s_stricter.Contains(test)) == isValid, $"{test}: {string.Join("; ", chain.Faults.Select(fault => fault.Detail))}\n{string.Join("\n", chain.Revocation)}");
    }

    /// <summary>The certificates and lists of the suite, all together, without a hint which list belongs to which test.</summary>
    private sealed class Suite
    {
        private readonly Dictionary<string, Certificate> _leaves = [];
        private readonly List<Certificate> _authorities = [];
        private readonly TrustBundle _trust;
        private readonly ChainJudge _judge;

        public Suite()
        {
            var data = Unpacked.Package(Package).PathOf("usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data");
            foreach (var file in Directory.EnumerateFiles(Path.Combine(data, "certs"), "*.crt").Order(StringComparer.Ordinal))
            {
                if (Certificate.TryParse(File.ReadAllBytes(file)) is not { } certificate) continue;
                var name = Path.GetFileNameWithoutExtension(file);
                if (name.EndsWith("EE", StringComparison.Ordinal)) _leaves[name[..^2]] = certificate;
                else _authorities.Add(certificate);
            }

            var lists = Directory.EnumerateFiles(Path.Combine(data, "crls"), "*.crl").Order(StringComparer.Ordinal)
                .SelectMany(file => TestList.Read(File.ReadAllBytes(file)).Lists.Select(list => new KnownList(list, Path.GetFileName(file))))
                .ToValueList();
            _trust = new TrustBundle("pkits", _authorities.Where(authority => authority is { Subject: var name, IsSelfIssued: true } && name.Contains("Trust Anchor", StringComparison.Ordinal)));
            _judge = new ChainJudge(null, _ => new RevocationEvidence(WhenUnknown.Reject, [new ListEvidence(lists)]));
        }

        /// <summary>A server that presents every certificate with the name of an issuer on the path or of an issuer of its lists.</summary>
        public ChainVerdict Judge(string test)
        {
            List<Certificate> presented = [_leaves[test]];
            for (var i = 0; i < presented.Count; i++)
            {
                HashSet<NameKey> names = [presented[i].Rules.Issuer, .. DistributionPoint.Read(presented[i].Rules.DistributionPoints, presented[i].Rules.IssuerName).SelectMany(point => point.Issuers)];
                presented.AddRange(_authorities.Where(authority => names.Contains(authority.Rules.Subject) && !presented.Contains(authority)));
            }

            return _judge.Judge(presented, _trust, new("server.test"), s_now, default);
        }
    }

    /// <summary>A theory that needs the suite.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class PkitsTheoryAttribute : TheoryAttribute
    {
        public PkitsTheoryAttribute() => Skip = Unpacked.Missing(Package);
    }
}
