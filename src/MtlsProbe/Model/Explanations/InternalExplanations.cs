namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Internal"/>.</summary>
internal static class InternalExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.InternalFault,
            "An unexpected error occurred in MtlsProbe, or this process has no file descriptors or buffers left. The probe says nothing about the server.",
            ("Too many open files.", "The detail says so. Raise the limit (`LimitNOFILE` of systemd, `ulimit -n`)."),
            ("A bug.", "Report it as CONTRIBUTING.md says, with the line of the log at that time.")),
    ];
}
