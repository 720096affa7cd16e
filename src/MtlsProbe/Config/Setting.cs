namespace MtlsProbe.Config;

/// <summary>What a text means, or why it means nothing.</summary>
internal readonly record struct Reading<T>(T? Value, string? Problem, string? Hint)
{
    /// <summary>The text may be a secret: the error must not quote it.</summary>
    public bool IsWithheld { get; init; }

    public static implicit operator Reading<T>(T value) => new(value, null, null);

    /// <summary>The same text, or the same problem, where only that matters.</summary>
    public Reading<string> Of(string text) => new(Problem is null ? text : null, Problem, Hint) { IsWithheld = IsWithheld };

    /// <summary>The text is wrong. <paramref name="Problem"/> continues a sentence that begins with the text in quotes.</summary>
    public static Reading<T> Wrong(string problem, string? hint = null) => new(default, problem, hint);

    /// <summary>The text is wrong and must not be shown. <paramref name="problem"/> begins the sentence.</summary>
    public static Reading<T> Withheld(string problem, string hint) => new(default, problem, hint) { IsWithheld = true };
}

/// <summary>The value of a key in the file, and its position, for rules that compare several.</summary>
/// <param name="Valid">False if it is wrong by itself, which has been reported: no rule reports more about it.</param>
/// <param name="In">The mapping that contains it.</param>
internal sealed record Setting<T>(T? Value, bool Valid, YamlNode At, Section In, string Key)
{
    /// <summary>The path of keys that leads here, made when it is asked for: most files have no mistake.</summary>
    public string Where => In.PathOf(Key);
}
