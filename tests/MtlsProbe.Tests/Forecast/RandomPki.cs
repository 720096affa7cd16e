using System.Security.Cryptography;
using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Forecast;

/// <summary>
/// A PKI like one that has grown over years, from one number: several roots, authorities in several versions with different signers and overlapping
/// lifetimes; a server and a client below. All share the same keys, because keys cost more than the test.
/// </summary>
internal sealed class RandomPki
{
    public const string Name = "a.test";

    private const int Authorities = 5;

    private static readonly ECDsa[] s_keys = [.. Enumerable.Range(0, Authorities + 3).Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256))];

    private readonly Random _random;
    private readonly List<List<TestCertificate>> _roots = [];
    private readonly List<List<TestCertificate>> _intermediates = [];

    public RandomPki(int seed)
    {
        _random = new Random(seed);
        for (var root = 0; root < 3; root++) _roots.Add(Editions(2, () => TestPki.Root($"Root {root}", Change(root))));
        for (var number = 0; number < Authorities - 3 + _random.Next(3); number++)
        {
            var above = _roots.Concat(_intermediates).ToList();
            _intermediates.Add(Editions(3, () => Pick(Pick(above)).Intermediate($"Authority {number}", Change(3 + number))));
        }

        Server = Chain(leaf => leaf.Leaf(Name, Change(6)));
        Client = Chain(leaf => leaf.Leaf(Name, Change(7))); // judged like a server: the purposes of a client certificate end nothing
        Known = [Bundle(), Bundle()];
    }

    /// <summary>Leaf first; the rest may be incomplete or useless.</summary>
    public ValueList<Certificate> Server { get; }

    public ValueList<Certificate> Client { get; }

    /// <summary>Two trust bundles; the first is that of the target.</summary>
    public ValueList<TrustBundle> Known { get; }

    public IEnumerable<Certificate> Roots => _roots.SelectMany(editions => editions).Select(root => root.Certificate);

    /// <summary>Roots that a server may trust.</summary>
    public ValueList<Certificate> SomeRoots() => Roots.Where(_ => _random.Next(4) > 0).ToValueList();

    private List<TestCertificate> Editions(int most, Func<TestCertificate> mint) => [.. Enumerable.Range(0, 1 + _random.Next(most)).Select(_ => mint())];

    private ValueList<Certificate> Chain(Func<TestCertificate, TestCertificate> leaf)
    {
        var issuers = Pick(_intermediates);
        var others = _intermediates.SelectMany(editions => editions).Where(_ => _random.Next(8) > 0).OrderBy(_ => _random.Next()).ToList();
        var issuer = Pick(issuers);
        return [leaf(issuer).Certificate, issuer.Certificate, .. others.Where(other => other != issuer).Select(other => other.Certificate)];
    }

    private TrustBundle Bundle() => new("test", SomeRoots().Concat(_intermediates.SelectMany(editions => editions).Where(_ => _random.Next(12) == 0).Select(one => one.Certificate)));

    /// <summary>Most are valid now; some are not valid yet, and some have expired.</summary>
    private Func<TestTemplate, TestTemplate> Change(int key)
    {
        var (from, to) = (_random.Next(16) == 0 ? _random.Next(1, 40) : -_random.Next(1, 400), _random.Next(30) == 0 ? -_random.Next(1, 9) : _random.Next(1, 60));
        return template => template with
        {
            Key = s_keys[key],
            NotBefore = TestPki.Now.AddDays(Math.Min(from, to - 1)).AddSeconds(_random.Next(1000)),
            NotAfter = TestPki.Now.AddDays(to).AddSeconds(_random.Next(1000)),
        };
    }

    private T Pick<T>(List<T> some) => some[_random.Next(some.Count)];
}
