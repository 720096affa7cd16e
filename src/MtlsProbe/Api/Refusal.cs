namespace MtlsProbe.Api;

/// <summary>Why a request is not served.</summary>
internal sealed record Refusal(int Status, string Sentence);
