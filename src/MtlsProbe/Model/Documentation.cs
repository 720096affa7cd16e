namespace MtlsProbe.Model;

/// <summary>Where the pages for people are published.</summary>
internal static class Documentation
{
    private const string Folder = "https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/";

    /// <summary>The page about an alert.</summary>
    public static string Runbook(string alert) => $"{Folder}runbooks/{alert}.md";

    /// <summary>The section about a reason in docs/reasons.md.</summary>
    public static string Of(Reason reason) => $"{Folder}reasons.md#{Anchor(reason)}";

    /// <summary>The anchor that GitHub makes for the heading <c>`class` `reason`</c>.</summary>
    public static string Anchor(Reason reason) => $"{reason.Class.Label()}-{reason.Label}";
}
