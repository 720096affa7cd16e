using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// Reads secrets from one server of Vault. Token and authorities are read from their files at each request, so that renewed ones are used.
/// </summary>
internal sealed class VaultClient(VaultServer server, TimeProvider time) : IDisposable
{
    /// <summary>Maximum bytes of a response; Vault's own stores accept 1 MiB or less.</summary>
    private const int MaxAnswer = 2 * 1024 * 1024;

    /// <summary>The limit for a request, from its beginning to the end of its response.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private HttpMessageInvoker? _invoker;
    private string? _authorities; // of the current invoker

    /// <summary>Reads a secret once.</summary>
    /// <param name="known">The stamp of the known content; null: none.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<VaultOutcome> ReadAsync(VaultSecret secret, string? known, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            using var files = MaterialFiles.ReadPatiently(new[] { server.TokenFile, server.CaFile }.OfType<string>());
            if (files.Faults.FirstOrDefault() is { } missing) return VaultOutcome.Away(missing);
            if (Request(secret, files, out var wrong) is not { } request) return VaultOutcome.Away(wrong!);
            using (request)
            {
                if (Invoker(files, out wrong) is not { } invoker) return VaultOutcome.Away(wrong!);
                using var answer = await invoker.SendAsync(request, end.Token).ConfigureAwait(false);
                var status = (int)answer.StatusCode;
                if (status is not (200 or 404)) return VaultOutcome.Away(VaultFaults.Of(secret, status)) with { Again = ApiTransport.RetryAfter(answer, time) };
                using var body = await PinnedAnswer.ReadAsync(answer.Content, MaxAnswer, end.Token).ConfigureAwait(false);
                return body is null
                    ? VaultOutcome.Away(VaultFaults.Of(secret, FormattableString.Invariant($"the answer has more than {MaxAnswer >> 20} MiB")))
                    : Read(secret, known, status, body.Bytes);
            }
        }
        catch (HttpRequestException e)
        {
            return VaultOutcome.Away(VaultFaults.Of(secret, ApiTransport.Words(e, "the server")));
        }
        catch (IOException)
        {
            return VaultOutcome.Away(VaultFaults.Of(secret, "the connection broke"));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return VaultOutcome.Away(VaultFaults.Of(secret, FormattableString.Invariant($"no complete answer within {s_patience.TotalSeconds:0} s")));
        }
    }

    public void Dispose()
    {
        lock (_gate) _invoker?.Dispose();
    }

    private static VaultOutcome Read(VaultSecret secret, string? known, int status, ReadOnlySpan<byte> json)
    {
        VaultAnswer answer;
        try
        {
            answer = VaultAnswer.Read(json, secret);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return VaultOutcome.Away(VaultFaults.NotOfVault(secret, status));
        }

        using (answer)
        {
            // A proxy in front of Vault answers 404 if Vault is down: only Vault's own answer proves that the secret does not exist.
            if (status == 404 && !answer.HasErrors && !answer.IsDeleted) return VaultOutcome.Away(VaultFaults.NotOfVault(secret, status));
            if (status == 404 || answer.IsDeleted) return VaultOutcome.Nothing(VaultFaults.Missing(secret, answer.IsDeleted));
            if (VaultFaults.OfFields(secret, answer) is { } lacking) return VaultOutcome.Faulty(lacking) with { Again = LeaseOf(answer) };
            var stamp = answer.Stamp;
            if (stamp == known) return new VaultOutcome(null, stamp, true) { Again = LeaseOf(answer) };
            var (certificate, key) = (VaultFaults.PlaceOf(secret, secret.Certificate), VaultFaults.PlaceOf(secret, secret.Key));
            var decoded = PemPair.Decode(answer.Certificate, certificate, answer.Key, key, []);
            return new VaultOutcome(decoded, decoded.Fault is null ? stamp : null, true) { Again = LeaseOf(answer) };
        }
    }

    private static TimeSpan? LeaseOf(VaultAnswer answer) => answer.Lease is > 0 and < int.MaxValue and var seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Null if the token cannot be sent.</summary>
    private HttpRequestMessage? Request(VaultSecret secret, MaterialFiles files, out MaterialFault? wrong)
    {
        wrong = null;
        var request = new HttpRequestMessage(HttpMethod.Get, secret.Url);
        request.Headers.TryAddWithoutValidation("User-Agent", "MtlsProbe");

        // Without it a Vault agent, or a server behind one, may refuse to answer: it proves that the request does not come from a browser.
        request.Headers.TryAddWithoutValidation("X-Vault-Request", "true");
        if (server.Namespace is { } name) request.Headers.TryAddWithoutValidation("X-Vault-Namespace", name);
        if (server.TokenFile is not { } file) return request;
        if (ApiTransport.Token(files.Bytes(file)) is { } token)
        {
            request.Headers.TryAddWithoutValidation("X-Vault-Token", token);
            return request;
        }

        wrong = new MaterialFault(Reasons.BadFormat, $"{file} contains no Vault token");
        request.Dispose();
        return null;
    }

    /// <summary>The connections with the current authorities.</summary>
    private HttpMessageInvoker? Invoker(MaterialFiles files, out MaterialFault? wrong)
    {
        wrong = null;
        lock (_gate)
        {
            var digest = server.CaFile is { } file ? Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(files.Bytes(file))) : "";
            if (_invoker is not null && _authorities == digest) return _invoker;
            var authorities = server.CaFile is { } path ? ApiTransport.Authorities(files.Bytes(path)) : null;
            if (server.CaFile is not null && authorities is null)
            {
                wrong = new MaterialFault(Reasons.BadFormat, $"{server.CaFile} contains no readable certificate");
                return null;
            }

            // Requests in progress keep the previous invoker. It is released when they have ended and its connections are idle.
            _authorities = digest;
            return _invoker = new HttpMessageInvoker(ApiTransport.Of(authorities));
        }
    }
}
