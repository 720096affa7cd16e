using System.CommandLine;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Cli;

/// <summary>Which part of the targets a process probes: the flag <c>--shard</c>, or the variable <c>MTLSPROBE_SHARD</c>, which a pod of a StatefulSet can have.</summary>
internal static class ShardOption
{
    public const string Variable = "MTLSPROBE_SHARD";
    private const string Name = "--shard";

    /// <param name="description">What the command does with it.</param>
    public static Option<Shard?> Create(string description) => Options.Of(Name, "I/N", description, ShardGrammar.Read);

    /// <summary>The flag wins over the variable; null without both, or if the variable is wrong.</summary>
    /// <returns>The error of the variable as the second value; that of the flag is one of the command line.</returns>
    public static (Shard? Shard, string? Error) Of(Shard? flag, Func<string, string?> environment)
    {
        if (flag is not null || environment(Variable) is not { } text) return (flag, null);
        var (shard, problem, hint) = ShardGrammar.Read(text);
        return problem is null ? (shard, null) : (null, $"mtlsprobe: {Variable}: \"{text}\" {problem}\n  hint: {hint}");
    }
}
