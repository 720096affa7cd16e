using MtlsProbe.Certificates;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Probing;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Tests.Probing;

/// <summary>
/// One budget for what peers make us keep, measured by its cost. A peer that presents too much loses it, others do not. What an operator needs
/// (verdict, expiry, total numbers) is always kept.
/// </summary>
public sealed class KeptMemoryTests
{
    private const long Budget = 2 << 20;

    private static readonly DateTimeOffset At = TestPki.Now;
    private static readonly TestCertificate s_root = TestPki.Root("Root");
    private static readonly TestCertificate s_issuing = s_root.Intermediate("Issuing");
    private static readonly ValueList<Certificate> s_honest = [s_issuing.Leaf("honest.test").Certificate, s_issuing.Certificate];
    private static readonly TestCertificate s_crowded = s_issuing.Leaf("crowded.test", t => t with { Dns = [], More = [CrowdedCertificate.AlternativeNames("crowded.test")] });

    private readonly ResultStore _store = new(most: Budget);
    private int _number;

    [Fact]
    public void Hostile_servers_behind_many_targets_stay_within_the_budget_and_displace_nobody()
    {
        var hostile = Enumerable.Range(0, 50).Select(i => Jobs.Job($"evil-{i}")).ToList();
        var honest = Jobs.Job("honest");
        _store.Apply([honest, .. hostile]);
        _store.Record(honest, Presenting(honest, s_honest));
        for (var round = 0; round < 3; round++)
        {
            foreach (var job in hostile) _store.Record(job, Presenting(job, [Crowded(), s_issuing.Certificate]));
            Assert.InRange(_store.Cost, 1, Budget * 3 / 2);
        }

        Assert.Equal(s_honest, _store.All[0].Server!.Certificates);
        Assert.All(_store.All[0].Server!.Certificates, certificate => Assert.False(certificate.Der.IsEmpty));
    }

    [Fact]
    public void Of_a_reduced_server_verdict_expiry_and_names_are_kept_with_the_original_sizes()
    {
        _store.Apply([.. Enumerable.Range(0, 50).Select(i => Jobs.Job($"evil-{i}"))]);
        StateChange? change = null;
        var soon = s_issuing.Intermediate("Soon", t => t with { NotAfter = At.AddDays(1) }).Certificate;
        foreach (var job in _store.Plan.Jobs) change = _store.Record(job, Presenting(job, [Crowded(), .. Enumerable.Range(0, 60).Select(_ => Other()), soon]));

        var last = change!.After.Last!;
        Assert.Equal((Outcome.Accepted, 32_000, 4), (last.Outcome, last.ServerCertificates[0].NamesTotal, last.ServerCertificates[0].DnsNames.Count));
        Assert.Equal("CN=crowded.test", last.ServerCertificates[0].Subject);
        Assert.Contains(soon, last.ServerCertificates);
        Assert.True(last.ServerCertificates[0].HasIssuerName(s_issuing.Certificate));
        Assert.Contains(last.Chain!.Notes, note => note.Contains("62 certificates", StringComparison.Ordinal));
        Assert.Equal(last.ServerCertificates, change.ServerAfter!.Facts!.Certificates);
    }

    [Fact]
    public void Kept_data_are_counted_once_and_released_with_their_targets()
    {
        List<ProbeJob> jobs = [.. Enumerable.Range(0, 20).Select(i => Jobs.Job($"t-{i}"))];
        _store.Apply(jobs);
        foreach (var job in jobs) _store.Record(job, Presenting(job, s_honest));
        var shared = _store.Cost;
        Assert.InRange(shared, 1, 3 * s_honest.Sum(certificate => (long)CertificateCost.Of(certificate)));

        foreach (var job in jobs) _store.Record(job, Jobs.Unreached(job, At.AddSeconds(1)));
        Assert.InRange(_store.Cost, 1, shared + 2000);
        _store.Apply([]);
        Assert.Equal(0, _store.Cost);
    }

    [Fact]
    public void A_repeated_result_keeps_no_new_facts()
    {
        var job = Jobs.Job("a");
        _store.Apply([job]);
        var before = _store.Record(job, Presenting(job, s_honest))!.After;
        var after = _store.Record(job, Presenting(job, s_honest.ToArray().ToValueList()))!.After;

        Assert.True(after.Last!.ServerCertificates.IsSame(before.Last!.ServerCertificates));
        Assert.Same(before.Last.Chain, after.Last.Chain);
        Assert.Same(before.Last.Tls, after.Last.Tls);
        Assert.Same(before.Last.ClientCertificate, after.Last.ClientCertificate);
        Assert.Equal(0, after.Last.StapledOcsp.Length);
    }

    [Fact]
    public void With_free_room_a_server_has_all_of_its_certificates_again()
    {
        List<ProbeJob> jobs = [.. Enumerable.Range(0, 50).Select(i => Jobs.Job($"evil-{i}"))];
        _store.Apply(jobs);
        foreach (var job in jobs) _store.Record(job, Presenting(job, [Crowded()]));
        Assert.True(_store.All[^1].Last!.ServerCertificates[0].Der.IsEmpty);
        _store.Apply([jobs[^1]]);
        _store.Record(jobs[^1], Presenting(jobs[^1], [s_crowded.Certificate]));
        Assert.False(Assert.Single(_store.All).Last!.ServerCertificates[0].Der.IsEmpty);
    }

    private static Certificate Read(ReadOnlyMemory<byte> der) => Certificate.TryParse(der)!;

    private Certificate Crowded() => Read(CrowdedCertificate.Varied(s_crowded.Der, ++_number));

    private Certificate Other() => Read(CrowdedCertificate.Varied(s_issuing.Der, ++_number));

    private static ProbeResult Presenting(ProbeJob job, ValueList<Certificate> certificates) => Jobs.Accepted(job, At) with
    {
        ServerCertificates = certificates,
        Chain = new ChainVerdict { Path = [.. certificates, s_root.Certificate] },
        Tls = new TlsFacts("1.3", "TLS_AES_256_GCM_SHA384", null),
        ClientCertificate = new ClientCertificateFacts { Requested = true, AcceptableIssuers = ["CN=Root"] },
        StapledOcsp = new byte[1000],
    };
}
