using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using MtlsProbe.Diagnosis;
using MtlsProbe.Model;
using MtlsProbe.Probing;

namespace MtlsProbe.Web;

/// <summary><c>/</c>: what is served here and how the targets are. Everything on it that comes from outside is shown as text.</summary>
internal static class LandingPage
{
    private const int MostTargets = 1000;

    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}" +
        "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top}" +
        ":root{color-scheme:light dark}";

    /// <summary>No script, no frame, nothing from elsewhere, and of styles only ours: markup that slips in could do nothing.</summary>
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static Task WriteAsync(HttpContext context, Fleet fleet)
    {
        var response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.WriteAsync(Page(fleet.Snapshot()), context.RequestAborted);
    }

    public static string Page(FleetSnapshot snapshot)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>MtlsProbe</title><style>").Append(Style).Append("</style><h1>MtlsProbe</h1>")
            .Append("<p>Version ").Append(Text(snapshot.Build.Version)).Append(", ").Append(Text(snapshot.Build.OpenSsl)).Append("</p>")
            .Append("<p><a href=\"/metrics\">Metrics</a> · <a href=\"/api/v1/targets\">Results as JSON</a> · ")
            .Append("<a href=\"/-/healthy\">Health</a> · <a href=\"/-/ready\">Readiness</a></p>")
            .Append("<table><thead><tr><th>Target<th>Address<th>Identity<th>Outcome<th>Reason<th>Probe now</tr></thead><tbody>");
        foreach (var handshake in snapshot.Handshakes.Take(MostTargets))
        {
            page.Append("<tr><td>").Append(Text(handshake.Key.Target))
                .Append("<td>").Append(Text(handshake.Key.Address))
                .Append("<td>").Append(Text(CredentialText.Purpose(handshake.Key.Identity, handshake.Key.Slot, handshake.Key.Expect)))
                .Append("<td>").Append(Text(handshake.Last?.Outcome.Label() ?? "not probed yet"))
                .Append("<td>").Append(Text(Reason(handshake.Last)))
                .Append("<td><a href=\"/probe?debug=true&amp;target=").Append(Text(UrlEncoder.Default.Encode(handshake.Key.Target))).Append("\">diagnosis</a></tr>");
        }

        page.Append("</tbody></table>");
        if (snapshot.Handshakes.Count > MostTargets) page.Append("<p>The first ").Append(MostTargets).Append(" of ").Append(snapshot.Handshakes.Count).Append(".</p>");
        return page.Append("</html>\n").ToString();
    }

    /// <summary>A refusal looks bad beside the others: where it is as it should be, the page says so.</summary>
    private static string Reason(ProbeResult? last) => last switch
    {
        { Failure: { } failure } => failure.Reason.Sentence,
        { Expect: Expectation.Reject } => "as it must be",
        _ => "",
    };

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
