using System.Reflection;
using System.Runtime.InteropServices;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Cli;

/// <summary>The running program: for <c>--version</c>, bug reports and <c>mtlsprobe_build_info</c>.</summary>
internal static class ThisBuild
{
    /// <summary>The informational version is <c>VERSION+REVISION</c> if the build knew its revision.</summary>
    public static BuildInfo Info()
    {
        var version = typeof(ThisBuild).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return new BuildInfo(
            plus < 0 ? version : version[..plus],
            plus < 0 ? "unknown" : version[(plus + 1)..],
            RuntimeInformation.FrameworkDescription,
            OpenSslVersion.Problem() is null ? OpenSslVersion.Text : "no OpenSSL");
    }
}
