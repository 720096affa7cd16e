using MtlsProbe.Handshake;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Handshake;

/// <summary>Probes that ended with an HTTP answer.</summary>
internal static class HttpAnswers
{
    /// <param name="target">The expectations of the target; null: none in particular.</param>
    public static FinalEvent Of(int status, bool? speaksOfCertificate, string detail = "", Target? target = null)
    {
        var https = target?.Protocol as Https ?? new Https();
        return new FinalEvent(Phase.Application, FinalEventKind.Answered, detail) { Answer = https.Answered(status, speaksOfCertificate, detail) };
    }
}
