namespace MtlsProbe.Model;

/// <summary>The notes on a chain that have a namethat programs can look for (<see cref="ChainVerdict.NoteNames"/>). The names are a contract.</summary>
internal static class ChainNotes
{
    /// <summary>The leaf demands a stapled OCSP response (RFC 7633), and the server sent none.</summary>
    public const string NotStapled = "not_stapled";

    /// <summary>The stapled response is not valid: out of date, for another certificate, or not signed by the issuer.</summary>
    public const string StapleInvalid = "staple_invalid";

    /// <summary>The responder of the stapled response does not know the leaf.</summary>
    public const string StapleUnknown = "staple_unknown";
}
