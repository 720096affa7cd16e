using MtlsProbe.Certificates;
using MtlsProbe.Text;
using MtlsProbe.Trust;
using MtlsProbe.Values;

namespace MtlsProbe.Revocation;

/// <summary>
/// Merges new lists of a place with the held ones. A held list is dropped when a newer one with the same signer and scope is available, or when it
/// has expired: a half-written file, an unrelated answer, and a genuine list of another issuer remove nothing.
/// </summary>
/// <param name="signers">The signer of a list; null: no certificate of its issuer is known, so the signature cannot be verified.</param>
/// <param name="now">The time for checks of expiry and future dates.</param>
/// <param name="isFile">A list that is missing in a complete file was removed on purpose.</param>
/// <param name="keepsUnsigned">
/// Whether to keep a list that its issuer did not sign, because it must be reported, or because its signer may become known.
/// </param>
internal sealed class HeldLists(Func<KnownList, ValueList<Certificate>?> signers, DateTimeOffset now, bool isFile, bool keepsUnsigned)
{
    /// <summary>Maximum bytes of all lists of a place: the largest content, and the same size from before.</summary>
    private const long MaxSize = 2L * RevocationList.MaxSize;

    private readonly List<KnownList> _taken = [];
    private readonly HashSet<KnownList> _newer = [];
    private string? _problem;

    /// <param name="problem">What is wrong with what was read, as the end of a sentence; null: nothing.</param>
    public HeldState Join(ValueList<KnownList> held, ValueList<KnownList> given, string? problem)
    {
        _problem = problem;
        foreach (var list in given) Take(held.FirstOrDefault(before => IsSame(before, list)) ?? list, held);
        var isWhole = _problem is null;
        List<KnownList> all = [.. _taken];
        var size = all.Sum(list => (long)list.List.Signed.Length);
        foreach (var before in held.OrderByDescending(list => list.List.ThisUpdate))
        {
            if (_taken.Contains(before) || !Stays(before, isWhole)) continue;
            if (all.Count >= RevocationListReader.Most || size + before.List.Signed.Length > MaxSize) continue;
            size += before.List.Signed.Length;
            all.Add(before);
            if (!_newer.Contains(before) && !_taken.Exists(list => IsFuture(list) && list.List.IsOfSameScope(before.List)))
                _problem ??= $"no longer delivers the list of {before.List.IssuerText.Clip()} ({Version(before.List)}), which stays in use until it expires";
        }

        return new HeldState(all.ToValueList(), _problem);
    }

    private void Take(KnownList list, ValueList<KnownList> held)
    {
        if (_taken.Contains(list)) return;
        if (signers(list) is { Count: 0 })
        {
            var before = held.FirstOrDefault(other => other != list && other.List.Issuer == list.List.Issuer && signers(other) is { Count: > 0 });
            if (before is null && keepsUnsigned) _taken.Add(list);
            else _problem ??= $"delivers a list of {list.List.IssuerText.Clip()} that is not signed by its issuer{(before is null ? "" : "; the previous one stays in use")}";
            return;
        }

        var newer = held.FirstOrDefault(before => before != list && before.List.IsOfSameScope(list.List) && list.List.IsOlderThan(before.List) && !IsFuture(before) && signers(before) is { Count: > 0 });
        if (newer is null)
        {
            _taken.Add(list);
            return;
        }

        _newer.Add(newer);
        _problem ??= $"delivers an older list of {list.List.IssuerText.Clip()} ({Version(list.List)}) than the previous one ({Version(newer.List)}), which stays in use";
    }

    /// <summary>Whether to keep a list that the new content does not have.</summary>
    private bool Stays(KnownList before, bool isWhole)
    {
        if (_newer.Contains(before)) return true;
        var signed = signers(before);
        if (signed is { Count: 0 } || IsFuture(before) || (isWhole && isFile && _taken.TrueForAll(list => signers(list) is not { Count: 0 }))) return false;
        if (isWhole && before.List.NextUpdate < now && _taken.Exists(list => signers(list) is { Count: > 0 })) return false;
        return !_taken.Exists(list => list.List.IsOfSameScope(before.List) && !list.List.IsOlderThan(before.List) && !IsFuture(list) && HaveSameSigner(signers(list), signed));
    }

    private bool IsFuture(KnownList list) => ListEvidence.IsFromFuture(list.List, now);

    /// <summary>If both signers are unknown, the name decides.</summary>
    private static bool HaveSameSigner(ValueList<Certificate>? one, ValueList<Certificate>? other) =>
        one is { } some && other is { } others ? some.Any(signer => others.Contains(signer)) : one is null && other is null;

    private static bool IsSame(KnownList one, KnownList other) =>
        one.List.Signed.Span.SequenceEqual(other.List.Signed.Span) && one.List.Signature.Span.SequenceEqual(other.List.Signature.Span);

    private static string Version(RevocationList list) => $"{(list.Number is { } number ? FormattableString.Invariant($"number {number}, ") : "")}{Times.Iso(list.ThisUpdate)}";
}
