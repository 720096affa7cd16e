using System.Globalization;
using MtlsProbe.Credentials;
using MtlsProbe.Rotation;
using MtlsProbe.Text;

namespace MtlsProbe.Checks;

/// <summary>What is unusual about a staged credential, compared with the one that it will replace.</summary>
internal static class NextFindings
{
    public static IEnumerable<Finding> Of(string identity, Credential current, Credential next, DateTimeOffset now)
    {
        var where = $"identities.{identity}.next";
        if (next.Leaf == current.Leaf)
        {
            yield return new Finding(false, where, $"is the same certificate as current (serial {next.Leaf.Serial}): it has already been promoted",
                "remove its files, or the key next; servers are probed with the same credential twice");
            yield break;
        }

        if (next.Leaf.NotAfter < current.Leaf.NotAfter)
        {
            yield return new Finding(false, where, $"{next.Leaf} expires at {Times.Minute(next.Leaf.NotAfter)}, before current does at {Times.Minute(current.Leaf.NotAfter)}",
                "an older credential may have been staged by mistake");
        }

        var facts = new CredentialFacts(next.Chain, current.Chain, [], []);
        foreach (var warning in CredentialWarnings.Of(facts, now, TimeSpan.Zero).Where(warning => warning.Code is "subject_changed" or "names_changed"))
            yield return new Finding(false, where, warning.Message, $"mtlsprobe preflight --identity {identity} says which servers accept it");
    }

}
