namespace MtlsProbe.Fuzz;

/// <summary>A parser, its first inputs, and the claims that must hold for every input.</summary>
internal abstract class FuzzEntry
{
    public abstract string Name { get; }

    /// <summary>For the help: its subject.</summary>
    public abstract string Does { get; }

    /// <summary>What is changed, and how.</summary>
    public virtual Shape Shape => Shape.Bytes;

    /// <summary>Words of the format, which chance would not find.</summary>
    public virtual IReadOnlyList<string> Tokens => [];

    /// <summary>Inputs are no longer than this, in bytes.</summary>
    public virtual int MostBytes => 32 * 1024;

    /// <summary>Outcomes of <see cref="Run"/> that some seed must have; otherwise the seeds are out of date, and only garbage is tried.</summary>
    public virtual IReadOnlyList<string> Reached => [];

    /// <summary>The work also runs on other threads, whose memory counts too.</summary>
    public virtual bool UsesOtherThreads => false;

    /// <summary>The number of bytes that one input may allocate. It is generous, because a fault allocates without bound.</summary>
    public virtual long MostAllocated(int length) => (8L << 20) + (1500L * length);

    /// <summary>Valid inputs, created anew in each run.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Parses, and checks the claims.</summary>
    /// <returns>The outcome, in a few words: inputs with a new outcome are changed further.</returns>
    /// <exception cref="BreachException">A claim does not hold. Any other exception is also a finding.</exception>
    public abstract string Run(byte[] input);
}

/// <summary>How inputs of an entry are changed.</summary>
internal enum Shape
{
    Bytes,

    /// <summary>Also as a tree of DER, with one or several values in a row.</summary>
    Der,
}

/// <summary>A claim that does not hold.</summary>
internal sealed class BreachException(string message) : Exception(message);
