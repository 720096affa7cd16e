namespace MtlsProbe.Config;

/// <summary>What a configuration says about the targets of its discovery sources: it has a reader for each of them.</summary>
/// <param name="file">The path of the configuration as the user named it.</param>
/// <param name="templates">By the name of the source, merged with the defaults.</param>
internal sealed class FoundTargetRules(
    string file, string directory, Protocols protocols, IReadOnlySet<string> identities, IReadOnlySet<string> trusts, IReadOnlyDictionary<string, TargetDraft> templates)
{
    /// <param name="source">The name of a source of the configuration.</param>
    public FoundTargetReader Open(string source)
    {
        var errors = new ErrorList(file);
        return new FoundTargetReader(source, templates[source], new TargetRules(directory, protocols, identities, trusts, errors), protocols, errors);
    }
}
