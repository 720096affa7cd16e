using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Text;

namespace MtlsProbe.Trust;

/// <summary>Whether an OCSP response whose signature holds can be believed at a time, be it stapled or given by a responder.</summary>
internal static class OcspBelief
{
    /// <summary>What the clocks of a responder and of this machine may differ.</summary>
    private static readonly TimeSpan s_leeway = TimeSpan.FromMinutes(5);

    /// <summary>Why not, after the words "the response"; null where it can.</summary>
    public static string? Problem(OcspStatement statement, DateTimeOffset now)
    {
        if (statement.ThisUpdate > now + s_leeway) return $"is from the future ({Times.Iso(statement.ThisUpdate)})";
        if (statement.NextUpdate is { } end && end < now - s_leeway)
            return $"is out of date: it says {statement.Status.Label()} and was to be replaced by {Times.Iso(end)}";
        return statement.Delegate is { } responder && Validity.Faults(responder, now).FirstOrDefault() is { } fault
            ? $"is signed by a responder that is not current: {fault.Detail}"
            : null;
    }
}
