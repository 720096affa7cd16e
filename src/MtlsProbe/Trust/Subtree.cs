using MtlsProbe.Certificates;
using MtlsProbe.Values;

namespace MtlsProbe.Trust;

/// <summary>The base of a subtree of name constraints (RFC 5280 §4.2.1.10), read once, so that comparisons are cheap.</summary>
internal sealed record Subtree
{
    /// <summary>Maximum length of the local part of a mail address and its host (RFC 5321 §4.5.3.1).</summary>
    private const int MaxMailbox = 64 + 1 + GeneralName.MaxDns;

    private readonly int _pathLength;

    private Subtree(GeneralName name)
    {
        Form = name.Form;
        if (Form == GeneralName.Ip) Network = name.Content;
        else if (Form == GeneralName.Directory) Path = DistinguishedName.Canonical(name.Content);
        else if (Form is GeneralName.Dns or GeneralName.Uri or GeneralName.Email) Text = name.Text;
        foreach (var part in Path) _pathLength += part.Length;
    }

    /// <summary>As in <see cref="GeneralName"/>.</summary>
    public int Form { get; }

    /// <summary>A domain, host or mailbox.</summary>
    public string Text { get; } = "";

    /// <summary>An address and its mask.</summary>
    public ReadOnlyMemory<byte> Network { get; }

    /// <summary>The canonical parts of a directory name.</summary>
    public ValueList<string> Path { get; } = [];

    /// <summary>The cost of a comparison with it, in the unit of <see cref="SearchBounds.TakeName"/>: 1 in usual cases.</summary>
    public int Weight => 1 + (Text.Length / 256) + (Path.Count / 8) + (_pathLength / 256);

    /// <summary>The cost of reading it, in the unit of <see cref="SearchBounds.TakeName"/>.</summary>
    public static int ReadingWeight(GeneralName name) =>
        name.Form == GeneralName.Directory ? CertifiedName.ReadingWeight(name.Content) : 1 + (name.Content.Length / 16);

    /// <summary>Null if its content is not valid for its kind. Hosts of URIs and of mail addresses are DNS names.</summary>
    public static Subtree? Read(GeneralName name)
    {
        var isFit = name.Form switch
        {
            GeneralName.Dns or GeneralName.Uri => IsText(name, GeneralName.MaxDns),
            GeneralName.Email => IsText(name, MaxMailbox),
            GeneralName.Ip => name.Content.Length is 8 or 32,
            _ => true,
        };
        if (!isFit) return null;
        var subtree = new Subtree(name);
        return name.Form == GeneralName.Directory && name.Content.Length != 2 && subtree.Path.Count == 0 ? null : subtree;
    }

    private static bool IsText(GeneralName name, int maxLength) =>
        name.Content.Length <= maxLength && !name.Content.Span.ContainsAnyInRange((byte)0, (byte)0x1f);
}
