using MtlsProbe.Values;

namespace MtlsProbe.Config;

/// <summary>The identities that a server must refuse, as in <c>must_reject</c>: a list of names, or the word <c>others</c>.</summary>
/// <param name="Named">Empty for <c>others</c>.</param>
/// <param name="AreOthers">All identities that the target does not have to accept.</param>
internal sealed record Refusals(ValueList<string> Named, bool AreOthers = false)
{
    /// <summary>Without brackets: in a list it would be the name of an identity.</summary>
    public const string Others = "others";

    public static Setting<Refusals>? Read(Section section, string key)
    {
        if (section.IsWord(key, Others)) return section.Read<Refusals>(key, _ => new Refusals([], AreOthers: true));
        return section.ReadList(key, Grammar.Name) is { } list ? new Setting<Refusals>(new Refusals(list.Value), list.Valid, list.At, list.In, key) : null;
    }
}
