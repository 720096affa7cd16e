using System.Text;
using MtlsProbe.Text;

namespace MtlsProbe.Api;

/// <summary>A command of a POSIX shell that grows word by word.</summary>
internal sealed class ShellLine(string program)
{
    private readonly StringBuilder _text = new(program);

    /// <summary>Nothing where the value is null.</summary>
    public ShellLine Option(string name, string? value) => value is null ? this : Word(name, quoted: false).Word(value);

    public ShellLine Word(string word, bool quoted = true)
    {
        _text.Append(' ').Append(quoted ? ShellWord.Of(word) : word);
        return this;
    }

    public override string ToString() => _text.ToString();
}
