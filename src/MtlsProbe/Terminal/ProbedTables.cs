using System.Globalization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Terminal;

/// <summary>What would be probed, target by target.</summary>
/// <param name="nextIsStaged">Whether the files of an identity's slot <c>next</c> exist; null: not checked.</param>
internal sealed class ProbedTables(Configuration configuration, Func<string, bool>? nextIsStaged, Pen pen)
{
    private readonly HashSet<string> _withNext =
        [.. configuration.Identities.Where(identity => identity.Next is not null).Select(identity => identity.Name)];

    public Table Targets()
    {
        var hasWays = configuration.Targets.Any(target => target.Way != Way.Direct);
        var table = new Table(["TARGET", "ADDRESS", "IDENTITY", "TRUST", "EVERY", "TIMEOUT", "HANDSHAKES", "REQUEST", .. hasWays ? ["WAY"] : Array.Empty<string>()]);
        foreach (var target in configuration.Targets)
        {
            table.Add(
            [
                target.Name, target.Address.ToString(), target.Identity, target.Trust,
                Duration.Format(target.Interval), Duration.Format(target.Timeout), Handshakes(target),
                target.Protocol.Summary, .. hasWays ? [WayText.Planned(target.Way)] : Array.Empty<string>(),
            ]);
        }

        return table;
    }

    /// <summary>The targets that are probed for more than whether they accept the current credential.</summary>
    public Table Rotations()
    {
        var table = new Table("TARGET", "ADDRESSES", "MUST ACCEPT", "MUST REJECT", "MUST SERVE");
        foreach (var target in configuration.Targets.Where(IsMoreThanPlain))
        {
            table.Add(
                target.Name,
                target.Addresses == AddressChoice.All ? string.Create(CultureInfo.InvariantCulture, $"all, at most {target.MaxAddresses}") : "one",
                string.Join("; ", [Slots(target.Identity), .. target.Accepts.Select(identity => _withNext.Contains(identity) ? $"{identity} ({Slots(identity)})" : identity)]),
                target.MustRejectOthers ? $"others ({target.MustReject.Count})" : target.MustReject.Count == 0 ? "-" : string.Join(", ", target.MustReject),
                (target.ExpectedCertificates.ServerCertificate, target.ExpectedCertificates.Issuer) switch
                {
                    (null, null) => "-",
                    ({ } leaf, null) => Named(leaf),
                    (null, { } issuer) => "issued by " + Named(issuer),
                    var (leaf, issuer) => $"{Named(leaf)}, issued by {Named(issuer)}",
                });
        }

        return table;
    }

    private string Slots(string identity) => (_withNext.Contains(identity), nextIsStaged?.Invoke(identity)) switch
    {
        (true, null) => "current; next, if it is staged",
        (true, true) => "current, next",
        (true, false) => "current; next is not staged",
        _ => "current",
    };

    private string Handshakes(Target target)
    {
        var count = target.Accepted.Count() + target.MustReject.Count;
        var next = target.Accepted.Count(nextIsStaged ?? _withNext.Contains);
        var range = nextIsStaged is not null ? Number(count + next) : next == 0 ? Number(count) : $"{Number(count)} to {Number(count + next)}";
        return range + (target.Addresses == AddressChoice.All ? " per address" : "");
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private bool IsMoreThanPlain(Target target) =>
        target.Addresses == AddressChoice.All || target.Accepts.Count > 0 || target.MustRejectOthers || target.MustReject.Count > 0 || target.ExpectedCertificates != new ExpectedCertificates() || _withNext.Contains(target.Identity);

    private string Named(CertificatePin pin) => pin switch
    {
        PinnedFile file => pen.Safe(Path.GetFileName(file.Path), 60),
        PinnedFingerprint { Sha256: var sha256 } => $"sha256:{sha256[..16]}…",
        _ => throw new ArgumentOutOfRangeException(nameof(pin)),
    };
}
