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
    /// <summary>Nothing is staged, and there is nothing to clean up.</summary>
    None,

    /// <summary>A replacement is staged, and not every server is known to accept it.</summary>
    TrustFirst,

    /// <summary>Every server accepts the replacement: the clients may change.</summary>
    Clients,

    /// <summary>
    /// The credential was replaced, but the previous one was last presented at some addresses, or it is not proven that the credential in the files
    /// is in use.
    /// </summary>
    Switching,

    /// <summary>
    /// A credential of another issuer, which the same servers must refuse, is still accepted or not known to be refused; or the files of the
    /// replacement, which is in use, have not been removed.
    /// </summary>
    CleanUp,
}

/// <summary>The progress of the rotation of one identity.</summary>
/// <param name="Ready">Whether the next step is safe.</param>
/// <param name="Missing">Number of things that are missing for the next step.</param>
/// <param name="Addresses">The addresses that the identity is presented to.</param>
/// <param name="Accepted">
/// The number of them that accept the credential of this step (the staged one if there is one, otherwise the one in the files).
/// </param>
/// <param name="Refused">The number that refuse it.</param>
/// <param name="Unknown">All others: not known, not served, not requested.</param>
internal sealed record RotationProgress(
    string Identity, RotationStep Step, string Sentence, bool Ready, int Missing, int Addresses, int Accepted, int Refused, int Unknown);

/// <summary>What prevents the next step of a rotation from being safe.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<MissingKind>))]
internal enum MissingKind
{
    /// <summary>The current files of the replacement are not usable.</summary>
    FilesBroken,

    /// <summary>The replacement is not valid yet, or no longer valid.</summary>
    NotValid,

    /// <summary>Servers refuse the credential that matters in this step.</summary>
    Refuses,

    /// <summary>Servers accept the replacement, but the application does not serve it as it serves the current one.</summary>
    Unserved,

    /// <summary>It is not known whether servers accept it: not reached, not trusted by us, no sign in time.</summary>
    Unknown,

    /// <summary>Servers have not been presented the credential in the files.</summary>
    NotProbed,

    /// <summary>The previous credential was the last one presented.</summary>
    OldShown,

    /// <summary>A credential that must be refused is accepted.</summary>
    LetIn,

    /// <summary>It is not known whether it is refused.</summary>
    NotRefused,

    /// <summary>
    /// Servers name the issuer of a retired credential as acceptable; the refusal of the credential itself proves nothing, because it has expired.
    /// </summary>
    StillNamed,

    /// <summary>The replacement is in use, and its files still exist.</summary>
    NextLeft,
}

/// <summary>One thing that is missing, and where.</summary>
/// <param name="Total">Number of addresses that it concerns; 0 if it is about the credential itself.</param>
/// <param name="Places">The first of these addresses.</param>
internal sealed record MissingThing(MissingKind Kind, string Sentence, int Total, ValueList<MissingPlace> Places)
{
    public static MissingThing At(MissingKind kind, string sentence, List<(HandshakeEntry Entry, string Why)> places) =>
        new(kind, sentence, places.Count, places.Take(Shown.Most).Select(place => MissingPlace.Of(place.Entry, place.Why)).ToValueList());

    /// <summary>A number of addresses, as text.</summary>
    public static string Addresses(int count) => Counts.Of(count, "address", "addresses");
}

/// <summary>An address, and why it is listed.</summary>
internal sealed record MissingPlace(string Target, string Address, string Identity, Slot Slot, string Why)
{
    public static MissingPlace Of(HandshakeEntry entry, string why) => new(entry.Key.Target, entry.Key.Address, entry.Key.Identity, entry.Key.Slot, why);
}
