using System.Globalization;
using System.Text.Json.Serialization;
using MtlsProbe.Model;
using MtlsProbe.Text;
using MtlsProbe.Values;
using MtlsProbe.Verdicts;

namespace MtlsProbe.Rotation;

/// <summary>The step of a rotation, as in docs/rotation.md.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<RotationStep>))]
internal enum RotationStep
{
    /// <summary>Nothing is staged and nothing has to be cleaned up.</summary>
    None,

    /// <summary>A replacement is staged, and not every server is known to accept it.</summary>
    TrustFirst,

    /// <summary>Every server accepts the replacement: the clients may change.</summary>
    Clients,

    /// <summary>The credential was replaced, and somewhere the one before it was shown last, or it is not proven that what is in the files is in use.</summary>
    Switching,

    /// <summary>
    /// A credential of another issuer, which the same servers have to refuse, is still let in or not known to be refused, or the files of the
    /// replacement, which is in use, have been left.
    /// </summary>
    CleanUp,
}

/// <summary>The progress of the rotation of one identity.</summary>
/// <param name="Ready">Whether the next step is safe.</param>
/// <param name="Missing">Number of things that are missing before it is.</param>
/// <param name="Addresses">The addresses that the identity is presented to.</param>
/// <param name="Accepted">
/// Of these, those that accept the credential of this step (the staged one if there is one, otherwise the one in the files).
/// </param>
/// <param name="Refused">Those that refuse it.</param>
/// <param name="Unknown">All others: not known, not served, not requested.</param>
internal sealed record RotationProgress(
    string Identity, RotationStep Step, string Sentence, bool Ready, int Missing, int Addresses, int Accepted, int Refused, int Unknown);

/// <summary>What keeps the next step of a rotation from being safe.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<MissingKind>))]
internal enum MissingKind
{
    /// <summary>The files of the replacement cannot be used as they are now.</summary>
    FilesBroken,

    /// <summary>The replacement is not valid yet, or not any more.</summary>
    NotValid,

    /// <summary>Servers refuse the credential that matters in this step.</summary>
    Refuses,

    /// <summary>Servers let the replacement in, and the application does not serve it as it serves the current one.</summary>
    Unserved,

    /// <summary>Whether servers accept it is not known: not reached, not trusted by us, no sign in time.</summary>
    Unknown,

    /// <summary>Servers have not been shown what is in the files now.</summary>
    NotProbed,

    /// <summary>The credential before this one was shown last.</summary>
    OldShown,

    /// <summary>A credential that must be refused is let in.</summary>
    LetIn,

    /// <summary>Whether it is refused is not known.</summary>
    NotRefused,

    /// <summary>Servers name the issuer of a retired credential among those whose certificates they accept; its own refusal shows nothing, since it has expired.</summary>
    StillNamed,

    /// <summary>The replacement is in use, and its files are still there.</summary>
    NextLeft,
}

/// <summary>One thing that is missing, and where.</summary>
/// <param name="Total">How many addresses it concerns; 0 where it is about the credential itself.</param>
/// <param name="Places">The first of them.</param>
internal sealed record MissingThing(MissingKind Kind, string Sentence, int Total, ValueList<MissingPlace> Places)
{
    public static MissingThing At(MissingKind kind, string sentence, List<(HandshakeEntry Entry, string Why)> places) =>
        new(kind, sentence, places.Count, places.Take(Shown.Most).Select(place => MissingPlace.Of(place.Entry, place.Why)).ToValueList());

    /// <summary>A number of addresses, as text.</summary>
    public static string Addresses(int count) => Counts.Of(count, "address", "addresses");
}

/// <summary>An address, and why it is missing.</summary>
internal sealed record MissingPlace(string Target, string Address, string Identity, Slot Slot, string Why)
{
    public static MissingPlace Of(HandshakeEntry entry, string why) => new(entry.Key.Target, entry.Key.Address, entry.Key.Identity, entry.Key.Slot, why);
}
