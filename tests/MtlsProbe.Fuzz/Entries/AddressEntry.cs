using System.Text;
using MtlsProbe.Certificates;
using MtlsProbe.Cli;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Web;

namespace MtlsProbe.Fuzz;

/// <summary>Hosts, ports, URLs and listen addresses. An accepted value that is written and read again is the same.</summary>
internal sealed class AddressEntry : FuzzEntry
{
    public override string Name => "address";

    public override string Does => "host:port, URLs of probe, listen addresses, server names, SPIFFE IDs";

    public override int MostBytes => 2000;

    public override IReadOnlyList<string> Tokens => ["[", "]", ":", "::", "%", "%eth0", "]:443", "://", "https", "spiffe://", "..", "/", "?", "@", ".", "-", "xn--", "0x7f", "127.0.0.1", "::ffff:1.2.3.4", "65535", "65536", "localhost", "\u0130", "。"];

    public override IReadOnlyList<string> Reached => ["address", "address, listens", "place", "ID"];

    public override IEnumerable<byte[]> Seeds() =>
        ((string[])["a.test:443", "192.0.2.1:8443", "[2001:db8::1]:443", "[fe80::1%eth0]:443", "::1:443", "a.test", "https://a.test:8443/health?a=b", "postgres://db.internal", ":10219", "127.0.0.1:10219", "[::1]:0", "localhost:9", "spiffe://prod.example/ns/shop/sa/payments", "spiffe://prod.example"])
        .Select(Encoding.UTF8.GetBytes);

    public override string Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var address = HostPort.TryParse(text);
        if (address is not null)
        {
            Claim.Holds(HostPort.TryParse(address.ToString()) == address, $"written it reads back differently: {address}");
            Claim.Visible(address.ToString(), "the address", 2500);
        }

        _ = (HostPort.WithoutPort(text), HostPort.WithoutBrackets(text), Grammar.ServerName(text), Grammar.Address(text));
        if (Grammar.Place(text).Value is { Port: not HostPort.NoPort } place) Claim.Holds(Grammar.Address(place.ToString()).Value == place, $"the written place reads back differently: {place}");
        var named = NamedPlace.Read(text, BuiltInProtocols.All.Default, BuiltInProtocols.All);
        Claim.Holds((named.Value is null) == (named.Problem is not null), "neither a place nor a problem, or both");
        if (named.Value is { } at) Claim.Holds(HostPort.TryParse(at.Address.ToString()) == at.Address, $"the written named place reads back differently: {at.Address}");
        var id = SpiffeId.TryParse(text);
        Claim.Holds((id is null) == (SpiffeId.Problem(text) is not null), "neither an ID nor a problem, or both");
        Claim.Holds(id is null || (id.ToString() == text && SpiffeId.DomainProblem(id.TrustDomain) is null && text.Length <= SpiffeId.MaxLength), $"the written ID reads back differently: {id}");
        Claim.Holds(ServerIdGrammar.Id(text).Value is null == (id is not { Path.Length: > 0 }), "a workload ID without a path, or a path without a workload ID");
        var listens = ListenAddress.TryParse(text);
        if (listens is not null) Claim.Holds(ListenAddress.TryParse(listens.ToString()) == listens, $"the written listen address reads back differently: {listens}");
        return string.Join(", ", Words());

        IEnumerable<string> Words()
        {
            if (address is not null) yield return "address";
            if (address is null && named.Value is not null) yield return "place";
            if (id is not null)
            {
                yield return "ID";
                yield break;
            }

            if (listens is not null) yield return "listens";
            if (named.Problem is not null) yield return named.Problem.Length > 60 ? named.Problem[..60] : named.Problem;
        }
    }
}
