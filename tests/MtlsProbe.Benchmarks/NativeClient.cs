using System.Globalization;

namespace MtlsProbe.Benchmarks;

/// <summary>The C client of native/client.c: the cost of a probe with the same libssl and nothing around it.</summary>
internal sealed class NativeClient
{
    private readonly Workshop _workshop;
    private readonly string _program;

    private NativeClient(Workshop workshop, string program) => (_workshop, _program) = (workshop, program);

    public static async Task<NativeClient> CompileAsync(Workshop workshop, CancellationToken cancellation)
    {
        var program = Path.Combine(workshop.Directory, "client");
        using var gcc = new Child(workshop.AllCores, "gcc", ["-O2", "-o", program, Workshop.SourceFile("native/client.c"), "-lssl", "-lcrypto"]);
        await gcc.OutputAsync(cancellation).ConfigureAwait(false);
        return new NativeClient(workshop, program);
    }

    /// <param name="rate">Probes per second; 0: one after the other.</param>
    /// <returns>CPU seconds per probe.</returns>
    public async Task<double> RunAsync(Pki pki, int port, int count, int rate, CancellationToken cancellation)
    {
        string[] arguments =
            [Nginx.Address(0), $"{port}", Pki.ServerName, pki.Root, pki.ClientCertificate, pki.ClientKey, $"{count}", $"{rate}"];
        using var client = new Child(_workshop.ProberCore, _program, arguments);
        var fields = (await client.OutputAsync(cancellation).ConfigureAwait(false)).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture));
        return fields.ToArray() is [var probes, var user, var system, _]
            ? (user + system) / probes
            : throw new BenchmarkException("the C client printed something else");
    }
}
