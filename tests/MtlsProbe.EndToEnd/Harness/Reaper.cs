using System.Diagnostics;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// A shell that knows the ids of the run's children. It kills those that are left when its standard input ends. The kernel ensures that end even if
/// the test process is killed.
/// </summary>
internal static class Reaper
{
    private const string Script = """
        declare -A left
        while read -r sign id; do
          if [[ $sign == + ]]; then left[$id]=1; else unset "left[$id]"; fi
        done
        if (( ${#left[@]} )); then kill -9 -- "${!left[@]}"; fi
        """;

    private static readonly Lock Gate = new();
    private static readonly Process Shell = Process.Start(new ProcessStartInfo("bash", ["-c", Script]) { RedirectStandardInput = true })!;

    public static void Add(int id) => Tell($"+ {id}");

    public static void Remove(int id) => Tell($"- {id}");

    private static void Tell(string line)
    {
        lock (Gate)
        {
            Shell.StandardInput.WriteLine(line);
            Shell.StandardInput.Flush();
        }
    }
}
