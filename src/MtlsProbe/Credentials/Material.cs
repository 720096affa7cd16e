using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Why a credential, a trust bundle or an expected certificate of ours cannot be used.</summary>
/// <param name="Reason">A reason of <see cref="FailureClass.Identity"/>.</param>
/// <param name="Detail">A sentence that begins with the place, such as the file's path; never a secret.</param>
internal sealed record MaterialFault(Reason Reason, string Detail);

/// <summary>
/// A credential as its source gives it. Both set: the last good one is in use and the source is broken now. Both null: not staged.
/// </summary>
internal sealed record LoadedCredential(Credential? Credential, MaterialFault? Fault);

/// <summary>A trust bundle as its source gives it; both set as in <see cref="LoadedCredential"/>.</summary>
internal sealed record LoadedTrust(TrustBundle? Bundle, MaterialFault? Fault);

/// <summary>A certificate that ought to be presented, as its source gives it; both set as in <see cref="LoadedCredential"/>.</summary>
internal sealed record LoadedPin(PinnedCertificate? Certificate, MaterialFault? Fault);

/// <summary>One certificate that a configuration names.</summary>
/// <param name="Sha256">Of its DER bytes, lower-case hex.</param>
/// <param name="Certificate">Null where only its fingerprint is configured.</param>
/// <param name="Description">For a sentence: its serial, where it is written and since when.</param>
internal sealed record PinnedCertificate(string Sha256, Certificate? Certificate, string Description)
{
    /// <summary>What follows it in its file.</summary>
    public ValueList<Certificate> Rest { get; init; } = [];

    /// <summary>When this certificate was seen to take the place of another in its file; null where it was there from the beginning.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Whether this is the expected certificate, or one with the same name and key that another issuer has signed.</summary>
    public bool Names(Certificate other) => other.Sha256 == Sha256 || Certificate?.IsSameAuthority(other) is true;
}

/// <summary>What changed in what the sources give.</summary>
/// <param name="Credentials">Slots with another credential, with a fault or without one, staged or not staged any more.</param>
/// <param name="Trusts">Names of bundles.</param>
internal sealed record MaterialChange(ValueList<(string Identity, Slot Slot)> Credentials, ValueList<string> Trusts, ValueList<CertificatePin> Pins)
{
    public static MaterialChange None { get; } = new([], [], []);

    public bool IsNothing => this is { Credentials.Count: 0, Trusts.Count: 0, Pins.Count: 0 };

    /// <summary>What changed in this or in another.</summary>
    public MaterialChange And(MaterialChange other) => IsNothing ? other : new(
        Credentials.Union(other.Credentials).ToValueList(), Trusts.Union(other.Trusts).ToValueList(), Pins.Union(other.Pins).ToValueList());
}

/// <summary>What a source gave: something good, a fault, both (the last good one), or neither (not staged).</summary>
internal sealed record Material<T>(T? Good, MaterialFault? Fault)
    where T : class
{
    /// <summary>Content of the files that is not used, or is used although it seems not to belong there.</summary>
    public ValueList<MaterialNote> Notes { get; init; } = [];
}

/// <summary>Something about files that are used.</summary>
/// <param name="Detail">A sentence that begins with the file's path; never a secret.</param>
internal sealed record MaterialNote(string Detail)
{
    /// <summary>It should be fixed; otherwise it is only information.</summary>
    public bool IsWarning { get; init; }
}
