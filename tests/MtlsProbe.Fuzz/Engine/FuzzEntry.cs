namespace MtlsProbe.Fuzz;

/// <summary>A parser, what it is fed to begin with, and what has to hold of whatever it is fed.</summary>
internal abstract class FuzzEntry
{
    public abstract string Name { get; }

    /// <summary>For the help: what it is about.</summary>
    public abstract string Does { get; }

    /// <summary>What is changed, and how.</summary>
    public virtual Shape Shape => Shape.Bytes;

    /// <summary>Words of the format, which chance would not find.</summary>
    public virtual IReadOnlyList<string> Tokens => [];

    /// <summary>Inputs are no longer than this, in bytes.</summary>
    public virtual int MostBytes => 32 * 1024;

    /// <summary>What <see cref="Run"/> has to say of some seed: else the seeds have gone stale, and nothing but garbage is tried.</summary>
    public virtual IReadOnlyList<string> Reached => [];

    /// <summary>The work is done on other threads as well, whose memory counts too.</summary>
    public virtual bool UsesOtherThreads => false;

    /// <summary>Bytes that one input may allocate: generous, since a fault allocates without bound.</summary>
    public virtual long MostAllocated(int length) => (8L << 20) + (1500L * length);

    /// <summary>Valid inputs, made anew in each run.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Parses, and checks what has to hold.</summary>
    /// <returns>What became of it, in a few words: inputs with a new outcome are changed further.</returns>
    /// <exception cref="BreachException">Something does not hold. Any other exception is a finding as well.</exception>
    public abstract string Run(byte[] input);
}

/// <summary>How inputs of an entry are changed.</summary>
internal enum Shape
{
    Bytes,

    /// <summary>Also as a tree of DER, one or several in a row.</summary>
    Der,
}

/// <summary>Something that has to hold does not.</summary>
internal sealed class BreachException(string message) : Exception(message);
