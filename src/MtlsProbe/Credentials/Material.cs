using MtlsProbe.Certificates;
using MtlsProbe.Model;
using MtlsProbe.Values;

namespace MtlsProbe.Credentials;

/// <summary>Why a credential, a trust bundle or an expected certificate of ours cannot be used.</summary>
/// <param name="Reason">A reason of <see cref="FailureClass.Identity"/>.</param>
/// <param name="Detail">A sentence that begins with the place, such as the file's path; never a secret.</param>
internal sealed record MaterialFault(Reason Reason, string Detail);

/// <summary>A credential as its source delivered it. Both set: the last good one is in use, but the source is broken now. Both null: not staged.</summary>
internal sealed record LoadedCredential(Credential? Credential, MaterialFault? Fault);

/// <summary>A trust bundle as its source delivered it; both set: as in <see cref="LoadedCredential"/>.</summary>
internal sealed record LoadedTrust(TrustBundle? Bundle, MaterialFault? Fault);

/// <summary>A certificate that a server should present, as its source delivered it; both set: as in <see cref="LoadedCredential"/>.</summary>
internal sealed record LoadedPin(PinnedCertificate? Certificate, MaterialFault? Fault);

/// <summary>One certificate that a configuration names.</summary>
/// <param name="Sha256">SHA-256 of its DER bytes, in lower-case hex.</param>
/// <param name="Certificate">Null if only its fingerprint is configured.</param>
/// <param name="Description">For a sentence: its serial, its file and since when it is there.</param>
internal sealed record PinnedCertificate(string Sha256, Certificate? Certificate, string Description)
{
    /// <summary>The certificates after it in its file.</summary>
    public ValueList<Certificate> Rest { get; init; } = [];

    /// <summary>When it was seen to replace another in its file; null if it was there from the beginning.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Whether this is the expected certificate, or one with the same name and key from another issuer.</summary>
    public bool Names(Certificate other) => other.Sha256 == Sha256 || Certificate?.IsSameAuthority(other) is true;
}

/// <summary>What has changed in the material from the sources.</summary>
/// <param name="Credentials">Slots whose credential or fault has changed, or that are newly staged or no longer staged.</param>
/// <param name="Trusts">Names of bundles.</param>
internal sealed record MaterialChange(ValueList<(string Identity, Slot Slot)> Credentials, ValueList<string> Trusts, ValueList<CertificatePin> Pins)
{
    public static MaterialChange None { get; } = new([], [], []);

    public bool IsNothing => this is { Credentials.Count: 0, Trusts.Count: 0, Pins.Count: 0 };

    /// <summary>This change and another one together.</summary>
    public MaterialChange And(MaterialChange other) => IsNothing ? other : new(
        Credentials.Union(other.Credentials).ToValueList(), Trusts.Union(other.Trusts).ToValueList(), Pins.Union(other.Pins).ToValueList());
}

/// <summary>What a source delivered: a good version, a fault, both (the last good one), or neither (not staged).</summary>
internal sealed record Material<T>(T? Good, MaterialFault? Fault)
    where T : class
{
    /// <summary>Remarks about content of the files that is not used, or is used although it does not seem to belong there.</summary>
    public ValueList<MaterialNote> Notes { get; init; } = [];
}

/// <summary>A remark about files that are used.</summary>
/// <param name="Detail">A sentence that begins with the file's path; never a secret.</param>
internal sealed record MaterialNote(string Detail)
{
    /// <summary>It should be fixed; otherwise it is only information.</summary>
    public bool IsWarning { get; init; }
}
