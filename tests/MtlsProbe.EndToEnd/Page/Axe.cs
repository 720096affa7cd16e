using System.Text.Json;
using Microsoft.Playwright;

namespace MtlsProbe.EndToEnd.Page;

/// <summary>axe-core, which finds the violations of WCAG 2.2 A and AA that machines can find.</summary>
internal static class Axe
{
    /// <summary>What passes is only counted: to describe each of its elements takes most of the time.</summary>
    private const string Run = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })";

    private static readonly Lazy<string> s_script = new(() =>
    {
        using var stream = typeof(Deque.AxeCore.Commons.AxeResult).Assembly.GetManifestResourceStream("Deque.AxeCore.Commons.Resources.axe.min.js")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });

    public static async Task<IReadOnlyList<string>> Violations(IPage page)
    {
        await page.EvaluateAsync(s_script.Value);
        var result = await page.EvaluateAsync<JsonElement>($$"""
            {{Run}}.then(({ passes, violations }) => ({
              passes: passes.length,
              violations: violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join("; ")}`) }))
            """);
        Assert.True(result.GetProperty("passes").GetInt32() > 15, "axe-core has checked nothing");
        return [.. result.GetProperty("violations").EnumerateArray().Select(violation => violation.GetString()!)];
    }
}
