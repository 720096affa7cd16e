using System.Reflection;
using System.Security.Cryptography;

namespace MtlsProbe.Api;

/// <summary>A file inside the program, as it is served.</summary>
/// <param name="ETag">The tag of its content.</param>
internal sealed record ServedFile(byte[] Content, string ContentType, EntityTag ETag)
{
    private const string PageFolder = "page/";
    private const string RunbookFolder = "runbooks/";

    private static readonly Assembly s_assembly = typeof(ServedFile).Assembly;

    /// <summary>Every file of the status page by its name below <c>Web/Page</c>; names are case-sensitive.</summary>
    public static IReadOnlyDictionary<string, ServedFile> Page { get; } = s_assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(PageFolder, StringComparison.Ordinal))
        .ToDictionary(name => name[PageFolder.Length..].Replace('\\', '/'), Load, StringComparer.Ordinal);

    /// <summary>The description of the API.</summary>
    public static ServedFile OpenApi { get; } = Load("openapi.yaml");

    /// <summary>Writes the content, unless the client already has it.</summary>
    /// <param name="policy">The Content-Security-Policy.</param>
    public async Task WriteAsync(HttpContext context, string policy)
    {
        SafeHeaders.Set(context, policy);
        if (ETag.IsKnownTo(context)) return;
        context.Response.ContentType = ContentType;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(Content, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The runbooks by the names of their alerts.</summary>
    public static IReadOnlyDictionary<string, ServedFile> Runbooks { get; } = s_assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(RunbookFolder, StringComparison.Ordinal))
        .ToDictionary(name => Path.GetFileNameWithoutExtension(name), Load, StringComparer.Ordinal);

    private static ServedFile Load(string name)
    {
        using var stream = s_assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new ServedFile(content, TypeOf(name), EntityTag.Of(Convert.ToHexStringLower(SHA256.HashData(content))[..16]));
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".md" => "text/markdown; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".yaml" => "application/yaml; charset=utf-8",
        _ => throw new InvalidOperationException($"{name} is served, but has no content type."),
    };
}
