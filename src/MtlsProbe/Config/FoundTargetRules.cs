namespace MtlsProbe.Config;

/// <summary>What a configuration says of the targets that its sources find: for each source a reader of its own.</summary>
/// <param name="file">The path of the configuration as the user named it.</param>
/// <param name="templates">By the name of the source, the defaults merged in.</param>
internal sealed class FoundTargetRules(
    string file, string directory, Protocols protocols, IReadOnlySet<string> identities, IReadOnlySet<string> trusts, IReadOnlyDictionary<string, TargetDraft> templates)
{
    /// <param name="source">One of the configuration.</param>
    public FoundTargetReader Open(string source)
    {
        var errors = new ErrorList(file);
        return new FoundTargetReader(templates[source], new TargetRules(directory, protocols, identities, trusts, errors), protocols, errors);
    }
}
