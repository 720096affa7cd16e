using System.Globalization;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Checks;

/// <summary>Warns if <c>expect_status</c> makes a refusal of the client certificate look like success, or lists what is never a success.</summary>
internal static class StatusFindings
{
    private static readonly int[] s_refusals = [401, 403];
    private static readonly int[] s_neverGood = [421, 495, 496];

    public static IEnumerable<Finding> Of(Configuration configuration)
    {
        var shown =
            from target in configuration.Targets
            where target.Identity != Identity.None || target.Accepts.Count > 0 || target.MustReject.Count > 0
            let https = target.Protocol as Https
            where https is not null
            group target.Name by https.ExpectStatus;
        foreach (var group in shown)
        {
            var where = $"targets.{group.First()}.http.expect_status";
            var more = group.Count() - 1;
            var others = more == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({more:N0} more likewise)");
            if (Listed(group.Key, s_refusals) is { Count: > 0 } refusals)
            {
                yield return new Finding(false, where,
                    $"lists {string.Join(" and ", refusals)}{others}: a refusal of the client certificate with this status would count as success",
                    "list it only if this path sends it to every client; better, set http.path to one that answers otherwise");
            }

            // A range does not mean that each of its statuses is intended.
            if (Listed([.. group.Key.Where(range => range.First == range.Last)], s_neverGood) is { Count: > 0 } never)
            {
                yield return new Finding(false, where, $"lists {string.Join(" and ", never)}{others}, which never counts as success",
                    "495 and 496 are refusals of the client certificate, and 421 means that the request reached the wrong server");
            }
        }
    }

    private static List<int> Listed(ValueList<StatusRange> ranges, int[] statuses) => [.. statuses.Where(status => ranges.Any(range => range.Contains(status)))];
}
