namespace MtlsProbe.Api;

/// <summary>Why a request is refused.</summary>
internal sealed record Refusal(int Status, string Sentence);
