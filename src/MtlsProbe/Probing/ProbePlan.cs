using MtlsProbe.Model;

namespace MtlsProbe.Probing;

/// <summary>What a configuration asks to be probed.</summary>
internal static class ProbePlan
{
    /// <summary>Every job of a configuration, in the order of its targets.</summary>
    public static ValueList<ProbeJob> From(Configuration configuration) => configuration.Targets.SelectMany(target => For(target)).ToValueList();

    /// <summary>The jobs of one target.</summary>
    public static ValueList<ProbeJob> For(Target target) =>
        [new ProbeJob(new HandshakeKey(target.Name, target.Address.ToString(), target.Identity, Slot.Current, Expectation.Accept), target)];
}
