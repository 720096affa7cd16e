namespace MtlsProbe.EndToEnd.Harness;

/// <summary>The programs that the tests use. Tests that need a missing program count as skipped, except in CI, where they fail.</summary>
internal static class Needs
{
    public const string NginxStreamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";
    public const string ApacheModules = "/usr/lib/apache2/modules";
    public const string Python = "/usr/bin/python3"; // the interpreter that Debian's packages are for
    public const string Aiohttp = "/usr/lib/python3/dist-packages/aiohttp";
    public const string Hypercorn = "/usr/lib/python3/dist-packages/hypercorn";
    public const string Grpc = "/usr/lib/python3/dist-packages/grpc";
    public const string MallocDebug = "libc_malloc_debug.so.0";

    /// <summary>A sentence that says what is missing, or null.</summary>
    public static string? Missing(params ReadOnlySpan<string> programs)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") return null;
        List<string> missing = [];
        foreach (var program in programs)
        {
            if (!Exists(program)) missing.Add(program);
        }

        return missing.Count == 0 ? null : $"not installed: {string.Join(", ", missing)} (run ./test.sh as root, or install them)";
    }

    /// <summary>The path of a program, even if it is in a directory that only root has in PATH; the name itself if there is none.</summary>
    public static string Find(string program) =>
        program.StartsWith('/') ? program : Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists) ?? program;

    private static string[] Folders => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin".Split(':');

    private static bool Exists(string program) => Path.Exists(Find(program));
}

/// <summary>A fact that needs programs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(params string[] programs) => Skip = Needs.Missing(programs);
}

/// <summary>A theory that needs programs.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] programs) => Skip = Needs.Missing(programs);
}

/// <summary>A fact about the real servers; all of them must be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealServersFactAttribute : FactAttribute
{
    public RealServersFactAttribute() => Skip = RealServers.Missing;
}

/// <summary>A theory about the real servers; all of them must be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealServersTheoryAttribute : TheoryAttribute
{
    public RealServersTheoryAttribute() => Skip = RealServers.Missing;
}

/// <summary>A fact about Prometheus.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute() => Skip = Needs.Missing("prometheus", "promtool", "nginx");
}

internal static class RealServers
{
    public static string? Missing { get; } = Needs.Missing(
        "nginx", Needs.NginxStreamModule, "haproxy", "apache2", Needs.ApacheModules, "stunnel4", "openssl", "gnutls-serv",
        "node", Needs.Aiohttp, Needs.Hypercorn, Needs.Grpc);
}
