using System.Globalization;
using System.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Model;

/// <summary>Identifies a private key in a token: a PKCS#11 URI (RFC 7512) without any secret. Null parts are not compared.</summary>
/// <param name="Text">The URI as written.</param>
internal sealed record TokenUri(string Text)
{
    public const string Scheme = "pkcs11:";

    /// <summary>In characters.</summary>
    private const int MaxLength = 1024;

    private const string PinHint = "pin_file: FILE, beside key; that file holds the PIN and nothing else";

    /// <summary>Label of the token.</summary>
    public string? Token { get; private init; }

    public string? Manufacturer { get; private init; }

    public string? Model { get; private init; }

    public string? Serial { get; private init; }

    public ulong? SlotId { get; private init; }

    /// <summary>Label of the key.</summary>
    public string? Object { get; private init; }

    /// <summary>CKA_ID of the key; empty: not compared.</summary>
    public ValueList<byte> Id { get; private init; } = [];

    /// <summary>Absolute path of the module.</summary>
    public string? ModulePath { get; private init; }

    /// <summary>Name of the module, without directory and extension.</summary>
    public string? ModuleName { get; private init; }

    /// <summary>A description of the token, for a sentence.</summary>
    public string TokenWords
    {
        get
        {
            List<string> parts = [];
            if (Token is not null) parts.Add($"label \"{Token}\"");
            if (Serial is not null) parts.Add($"serial \"{Serial}\"");
            if (Manufacturer is not null) parts.Add($"manufacturer \"{Manufacturer}\"");
            if (Model is not null) parts.Add($"model \"{Model}\"");
            if (SlotId is { } slot) parts.Add($"slot {slot}");
            return parts.Count == 0 ? "any token" : $"a token with {string.Join(", ", parts)}";
        }
    }

    /// <summary>A description of the key, for a sentence.</summary>
    public string KeyWords => (Object, Id.Count) switch
    {
        (null, 0) => "a private key",
        ({ } label, 0) => $"a private key with label \"{label}\"",
        (null, _) => $"a private key with id {Convert.ToHexStringLower([.. Id])}",
        ({ } label, _) => $"a private key with label \"{label}\" and id {Convert.ToHexStringLower([.. Id])}",
    };

    /// <summary>The URI without the part about the module.</summary>
    public string KeyText => Text.Split('?')[0];

    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a URI, or says what is wrong with it. The problem continues a sentence that begins with the key of the configuration.</summary>
    public static (TokenUri? Uri, string? Problem, string? Hint) Parse(string text)
    {
        if (text.Length > MaxLength) return Wrong($"is longer than {MaxLength} characters");
        var rest = text[Scheme.Length..];
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var uri = new TokenUri(text);
        HashSet<string> seen = [];
        foreach (var (part, isQuery) in Parts(mark < 0 ? rest : rest[..mark], ';', false).Concat(mark < 0 ? [] : Parts(rest[(mark + 1)..], '&', true)))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? part : part[..equals];
            if (name is "pin-value" or "pin-source") return Wrong($"contains {name}, which is not supported", PinHint);
            if (equals < 0) return Wrong("is not a PKCS#11 URI: each part is NAME=VALUE", "pkcs11:token=LABEL;object=LABEL");
            if (!seen.Add(name)) return Wrong($"has {name} twice");
            if (Bytes(part[(equals + 1)..]) is not { } bytes) return Wrong($"has a value of {name} that is not percent-encoded correctly", "write other characters than letters, digits and -._~ as %XX");
            if (name != "id" && Decoded(bytes) is null) return Wrong($"has a value of {name} that is empty, is not UTF-8 or contains a control character");
            var value = Decoded(bytes) ?? "";
            switch (name, isQuery)
            {
                case ("token", false): uri = uri with { Token = value }; break;
                case ("manufacturer", false): uri = uri with { Manufacturer = value }; break;
                case ("model", false): uri = uri with { Model = value }; break;
                case ("serial", false): uri = uri with { Serial = value }; break;
                case ("object", false): uri = uri with { Object = value }; break;
                case ("id", false) when bytes.Length > 0: uri = uri with { Id = bytes.ToValueList() }; break;
                case ("slot-id", false) when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var slot): uri = uri with { SlotId = slot }; break;
                case ("type", false) when value == "private": break;
                case ("type", false): return Wrong($"has type {value}", "type=private, or leave type out");
                case ("module-path", true) when value.StartsWith('/'): uri = uri with { ModulePath = value }; break;
                case ("module-path", true): return Wrong("has a module-path that does not begin with /");
                case ("module-name", true) when value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'): uri = uri with { ModuleName = value }; break;
                case ("module-name", true): return Wrong("has a module-name that is a path", "module-path=/FOLDER/FILE.so");
                default: return Wrong($"has an unsupported attribute or value: {name}", "before ?: token, manufacturer, model, serial, slot-id, object, id, type; after it: module-path, module-name");
            }
        }

        return (uri, null, null);
    }

    public override string ToString() => Text;

    private static (TokenUri?, string?, string?) Wrong(string problem, string? hint = null) => (null, problem, hint);

    private static IEnumerable<(string Part, bool IsQuery)> Parts(string text, char separator, bool isQuery) =>
        text.Split(separator, StringSplitOptions.RemoveEmptyEntries).Select(part => (part, isQuery));

    /// <summary>Null if it is not text that can be quoted in a sentence.</summary>
    private static string? Decoded(byte[] bytes)
    {
        if (bytes.Length == 0) return null;
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return text.EnumerateRunes().Any(IsInvisible) ? null : text;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>Null if a percent sign is not followed by two hexadecimal digits, or if a character should be encoded.</summary>
    private static byte[]? Bytes(string value)
    {
        var bytes = new List<byte>(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '%')
            {
                if (i + 2 >= value.Length || !byte.TryParse(value.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet)) return null;
                bytes.Add(octet);
                i += 2;
            }
            else if (c is > ' ' and <= '~') bytes.Add((byte)c);
            else return null;
        }

        return [.. bytes];
    }
}
