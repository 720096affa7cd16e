using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Credentials;

/// <summary>
/// One call of a SPIFFE Workload API and the stream of its answers, by gRPC over HTTP/2 in plain text
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Each call has its own connection: it follows no redirect, keeps no cookie and
/// uses no proxy. Answers contain keys: they are read into memory that is overwritten.
/// </summary>
internal sealed class WorkloadCall(SpiffeEndpoint endpoint, TimeProvider time)
{
    /// <summary>Maximum bytes of one answer: the default limit of gRPC's own libraries.</summary>
    public const int MaxAnswer = 4 * 1024 * 1024;

    /// <summary>The limit until the first answer is complete, and for each further one from its first byte to its last.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Servers in Go treat more than two pings within five minutes as an attack, and disconnect.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(6);

    /// <summary>Maximum KiB of all fields of an answer.</summary>
    private const int MaxFields = 64;

    /// <summary>Maximum time without an answer: keep-alive does not always detect a dead connection, and a new request is cheap.</summary>
    private static readonly TimeSpan s_longestStream = TimeSpan.FromMinutes(30);

    private const int Prefix = 5;
    private const int FirstRoom = 16 * 1024;

    /// <summary>Reads answers until the stream ends.</summary>
    /// <param name="method">A method of the service.</param>
    /// <param name="take">
    /// Called with each answer, which is valid only during the call. It returns the fault of the answer, as text that follows the place, and the
    /// stream then ends; null: no fault.
    /// </param>
    /// <returns>Why the stream ended; null if the server ended it normally.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<MaterialFault?> RunAsync(string method, AnswerTaker take, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            using var handler = Handler();
            using var client = new HttpMessageInvoker(handler);
            using var request = Request(method);
            using var response = await client.SendAsync(request, both.Token).ConfigureAwait(false);
            return await ReadAsync(response, take, patience, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Fault(Reasons.Unreadable, FormattableString.Invariant($"gave no complete answer within {Patience.TotalSeconds} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OverflowException) // InvalidOperationException is thrown when a window becomes too large (RFC 9113 §6.9.1)
        {
            stop.ThrowIfCancellationRequested();
            return WorkloadFaults.Of(endpoint, e);
        }
    }

    private SocketsHttpHandler Handler() => new()
    {
        ActivityHeadersPropagator = null,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(endpoint.Family, SocketType.Stream, endpoint.Path is null ? ProtocolType.Tcp : ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endpoint.Place, cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
        KeepAlivePingDelay = s_silence,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        MaxResponseHeadersLength = MaxFields,
        UseCookies = false,
        UseProxy = false,
    };

    private static HttpRequestMessage Request(string method)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://localhost/SpiffeWorkloadAPI/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[Prefix]), // a message of zero bytes: the request has no fields
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.TryAddWithoutValidation("workload.spiffe.io", "true");
        request.Headers.TryAddWithoutValidation("User-Agent", "MtlsProbe");
        return request;
    }

    private async Task<MaterialFault?> ReadAsync(HttpResponseMessage response, AnswerTaker take, CancellationTokenSource patience, CancellationToken cancellation)
    {
        if (response.StatusCode != HttpStatusCode.OK) return Fault(Reasons.BadFormat, FormattableString.Invariant($"answers with HTTP status {(int)response.StatusCode}: it is not a Workload API"));
        if (response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) is not true)
            return Fault(Reasons.BadFormat, "does not answer with gRPC: it is not a Workload API");
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var owned = stream.ConfigureAwait(false);
        var prefix = new byte[Prefix];
        while (true)
        {
            var count = await stream.ReadAsync(prefix, cancellation).ConfigureAwait(false);
            if (count == 0) return WorkloadFaults.OfStatus(endpoint, Trailer(response, "grpc-status"), Trailer(response, "grpc-message"));
            patience.CancelAfter(Patience);
            if (count < Prefix) await stream.ReadExactlyAsync(prefix.AsMemory(count), cancellation).ConfigureAwait(false);
            var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
            if (prefix[0] != 0) return Fault(Reasons.BadFormat, "sent a compressed answer, which was not requested");
            if (length > MaxAnswer) return Fault(Reasons.BadFormat, FormattableString.Invariant($"sent an answer of {length:N0} bytes; the limit is {MaxAnswer >> 20} MiB"));
            if (await TakeAsync(stream, (int)length, take, cancellation).ConfigureAwait(false) is { } problem) return Fault(Reasons.BadFormat, problem);
            patience.CancelAfter(s_longestStream);
            if (patience.IsCancellationRequested) cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Memory is allocated as bytes arrive, not as they are announced.</summary>
    private static async Task<string?> TakeAsync(Stream stream, int length, AnswerTaker take, CancellationToken cancellation)
    {
        var buffer = PinnedBuffers.Rent(Math.Min(length, FirstRoom));
        try
        {
            for (var had = 0; had < length;)
            {
                if (had == buffer.Length)
                {
                    var larger = PinnedBuffers.Rent(had * 2);
                    buffer.CopyTo(larger, 0);
                    PinnedBuffers.Return(buffer);
                    buffer = larger;
                }

                var count = await stream.ReadAsync(buffer.AsMemory(had, Math.Min(length, buffer.Length) - had), cancellation).ConfigureAwait(false);
                if (count == 0) throw new EndOfStreamException();
                had += count;
            }

            return take(buffer.AsSpan(0, length));
        }
        finally
        {
            PinnedBuffers.Return(buffer);
        }
    }

    /// <summary>A field at the end of the answer, or of an answer that consists only of its end.</summary>
    private static string? Trailer(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.NonValidated.TryGetValues(name, out var values) || response.Headers.NonValidated.TryGetValues(name, out values) ? values.FirstOrDefault() : null;

    private MaterialFault Fault(Reason reason, string problem) => new(reason, $"{endpoint} {problem}");
}

/// <summary>Handles an answer; see <see cref="WorkloadCall.RunAsync"/>.</summary>
internal delegate string? AnswerTaker(ReadOnlySpan<byte> answer);
