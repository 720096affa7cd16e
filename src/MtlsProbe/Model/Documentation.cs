namespace MtlsProbe.Model;

/// <summary>Where the pages for people are.</summary>
internal static class Documentation
{
    private const string Folder = "https://github.com/mtlsprobe/mtlsprobe/blob/main/docs/";

    /// <summary>The page about an alert.</summary>
    public static string Runbook(string alert) => $"{Folder}runbooks/{alert}.md";

    /// <summary>The place of a reason in docs/reasons.md.</summary>
    public static string Of(Reason reason) => $"{Folder}reasons.md#{Anchor(reason)}";

    /// <summary>That of the heading <c>`class` `reason`</c>, as GitHub makes it.</summary>
    public static string Anchor(Reason reason) => $"{reason.Class.Label()}-{reason.Label}";
}
