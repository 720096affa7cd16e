namespace MtlsProbe.Config;

/// <summary>A key that targets and the defaults may have.</summary>
/// <param name="block">The mapping that it stands in, <c>tls</c> for example; null: the target's own.</param>
/// <param name="index">Its place in <see cref="TargetKeys.All"/>.</param>
internal abstract class TargetKey(string? block, string name, int index)
{
    public int Index => index;

    public string? Block => block;

    public string Name => name;

    /// <summary>The <see cref="Setting{T}"/> of its type; null where the key is absent.</summary>
    /// <param name="section">Where it stands.</param>
    public abstract object? Read(Section section);
}

/// <inheritdoc/>
/// <typeparam name="T">What its value means.</typeparam>
internal sealed class TargetKey<T>(string? block, string name, int index, Func<Section, string, Setting<T>?> read) : TargetKey(block, name, index)
{
    public override object? Read(Section section) => read(section, Name);
}
