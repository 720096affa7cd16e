using System.Text;
using MtlsProbe.Text;

namespace MtlsProbe.Api;

/// <summary>A shell command (POSIX) that is built word by word.</summary>
internal sealed class ShellLine(string program)
{
    private readonly StringBuilder _text = new(program);

    /// <summary>Adds nothing if the value is null.</summary>
    public ShellLine Option(string name, string? value) => value is null ? this : Word(name, quoted: false).Word(value);

    public ShellLine Word(string word, bool quoted = true)
    {
        _text.Append(' ').Append(quoted ? ShellWord.Of(word) : word);
        return this;
    }

    public override string ToString() => _text.ToString();
}
