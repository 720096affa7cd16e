namespace MtlsProbe.Config;

/// <summary>A key that targets and the defaults may have.</summary>
/// <param name="block">The mapping that contains it, for example <c>tls</c>; null: the target itself.</param>
/// <param name="index">Its position in <see cref="TargetKeys.All"/>.</param>
internal abstract class TargetKey(string? block, string name, int index)
{
    public int Index => index;

    public string? Block => block;

    public string Name => name;

    /// <summary>The <see cref="Setting{T}"/> of its type; null if the key is absent.</summary>
    /// <param name="section">The section that contains it.</param>
    public abstract object? Read(Section section);
}

/// <inheritdoc/>
/// <typeparam name="T">What its value means.</typeparam>
internal sealed class TargetKey<T>(string? block, string name, int index, Func<Section, string, Setting<T>?> read) : TargetKey(block, name, index)
{
    public override object? Read(Section section) => read(section, Name);
}
