using System.Net.Sockets;
using MtlsProbe.Model;
using MtlsProbe.Text;

namespace MtlsProbe.Credentials;

/// <summary>Messages about a Workload API that does not answer.</summary>
internal static class WorkloadFaults
{

    /// <summary>
    /// From the status codes of gRPC (https://grpc.github.io/grpc/core/md_doc_statuscodes.html) and their meaning in SPIFFE Workload Endpoint §6.
    /// </summary>
    /// <param name="message">The server's message, percent-encoded.</param>
    /// <returns>Null if the server ended the stream normally.</returns>
    public static MaterialFault? OfStatus(SpiffeEndpoint endpoint, string? status, string? message)
    {
        var said = message is { Length: > 0 } ? $": {VisibleText.Of(Uri.UnescapeDataString(message), 200, ascii: false)}" : "";
        return status switch
        {
            "0" => null,
            "7" => new(Reasons.NotIssued, $"{endpoint} issues no identity to this process (PERMISSION_DENIED{said})"),
            "3" => new(Reasons.BadFormat, $"{endpoint} does not accept our request (INVALID_ARGUMENT{said})"),
            "12" => new(Reasons.BadFormat, $"{endpoint} does not know this call (UNIMPLEMENTED{said}): it is not a Workload API, or it is an old one"),
            "14" => new(Reasons.Unreadable, $"{endpoint} is not ready (UNAVAILABLE{said})"),
            null => new(Reasons.Unreadable, $"{endpoint} ended its answer without a status"),
            _ => new(Reasons.Unreadable, $"{endpoint} answers with gRPC status {VisibleText.Of(status, 20, ascii: false)}{said}"),
        };
    }

    public static MaterialFault Of(SpiffeEndpoint endpoint, Exception e)
    {
        var socket = e as SocketException ?? e.InnerException as SocketException;
        return (endpoint.Path, socket?.SocketErrorCode) switch
        {
            ({ }, SocketError.AddressNotAvailable) => new(Reasons.NotFound, $"{endpoint}: there is no such socket"), // .NET maps ENOENT to this
            (_, SocketError.AccessDenied) => new(Reasons.Unreadable, $"{endpoint} may not be opened by this process"),
            (_, SocketError.ConnectionRefused) => new(Reasons.Unreadable, $"{endpoint}: nothing listens there"),
            (_, not null) => new(Reasons.Unreadable, $"{endpoint} cannot be reached: {socket!.Message}"),
            _ when e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => new(Reasons.Unreadable, $"{endpoint} cannot be reached"),
            _ when e is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new(Reasons.BadFormat, $"{endpoint} sent too much data"),
            _ => new(Reasons.Unreadable, $"{endpoint}: the connection broke"),
        };
    }
}
