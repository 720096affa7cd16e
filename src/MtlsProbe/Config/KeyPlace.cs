using MtlsProbe.Model;

namespace MtlsProbe.Config;

/// <summary>Where a private key is, as written: one of both.</summary>
internal sealed record KeyPlace(string? File, TokenUri? Token);
