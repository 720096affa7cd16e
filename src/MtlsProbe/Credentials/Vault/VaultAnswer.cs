using System.Security.Cryptography;
using System.Text.Json;
using MtlsProbe.ApiCalls;
using MtlsProbe.Files;
using MtlsProbe.Model;

namespace MtlsProbe.Credentials;

/// <summary>
/// A secret in the response of Vault's key-value store (its HTTP API: <c>GET /v1/PATH</c>). In version 1, the fields are in <c>data</c>; in version
/// 2, they are in <c>data.data</c>, beside <c>data.metadata</c>. Disposal overwrites what was read.
/// </summary>
internal sealed class VaultAnswer : IDisposable
{
    private const int MaxDepth = 16;

    private byte[]? _certificate;
    private byte[]? _key;
    private int _certificateLength;
    private int _keyLength;

    private VaultAnswer()
    {
    }

    /// <summary>The lease of the response in seconds; 0 if there is none.</summary>
    public long Lease { get; private set; }

    /// <summary>Whether the store is of version 2.</summary>
    public bool IsVersioned { get; private set; }

    /// <summary>In version 2: the newest version was deleted or destroyed.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>Whether it has a list of errors in Vault's format, even an empty one.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>False if there is no such field, or if it is not a string.</summary>
    public bool HasCertificate => _certificate is not null;

    public bool HasKey => _key is not null;

    public ReadOnlySpan<byte> Certificate => _certificate.AsSpan(0, _certificateLength);

    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>It changes with the certificate or the key.</summary>
    public string Stamp
    {
        get
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            digest.AppendData(BitConverter.GetBytes(_certificateLength));
            digest.AppendData(Certificate);
            digest.AppendData(Key);
            return Convert.ToHexStringLower(digest.GetHashAndReset());
        }
    }

    /// <param name="json">The response; also that with status 404, which Vault gives for a deleted version.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">It contains a string that is invalid text.</exception>
    public static VaultAnswer Read(ReadOnlySpan<byte> json, VaultSecret secret)
    {
        var answer = new VaultAnswer();
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
            while (JsonWalk.NextProperty(ref reader, out var name))
            {
                if (name == "lease_duration" && reader.TokenType == JsonTokenType.Number) answer.Lease = reader.TryGetInt64(out var lease) ? Math.Max(0, lease) : 0;
                else if (name == "data" && reader.TokenType == JsonTokenType.StartObject) answer.Data(ref reader, secret);
                else if (name == "errors" && reader.TokenType == JsonTokenType.StartArray)
                {
                    answer.HasErrors = true;
                    reader.Skip();
                }
                else reader.Skip();
            }

            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    public void Dispose() => Clear();

    private void Data(ref Utf8JsonReader reader, VaultSecret secret)
    {
        // Version 1 can have fields with these names too; only two objects mean version 2.
        var hasInner = false;
        using var inner = new VaultAnswer();
        while (JsonWalk.NextProperty(ref reader, out var name))
        {
            if (name == "data" && reader.TokenType is JsonTokenType.StartObject or JsonTokenType.Null)
            {
                hasInner = true;
                if (reader.TokenType == JsonTokenType.StartObject) inner.Fields(ref reader, secret);
                else inner.IsDeleted = true;
            }
            else if (name == "metadata" && reader.TokenType == JsonTokenType.StartObject)
            {
                IsVersioned = true;
                reader.Skip();
            }
            else Field(ref reader, name, secret);
        }

        IsVersioned &= hasInner;
        if (IsVersioned) TakeOver(inner);
    }

    private void TakeOver(VaultAnswer inner)
    {
        Clear();
        (_certificate, _certificateLength, _key, _keyLength, IsDeleted) = (inner._certificate, inner._certificateLength, inner._key, inner._keyLength, inner.IsDeleted);
        (inner._certificate, inner._key) = (null, null);
    }

    private void Fields(ref Utf8JsonReader reader, VaultSecret secret)
    {
        while (JsonWalk.NextProperty(ref reader, out var name)) Field(ref reader, name, secret);
    }

    private void Field(ref Utf8JsonReader reader, string name, VaultSecret secret)
    {
        if (reader.TokenType == JsonTokenType.String && name == secret.Certificate) Take(ref reader, ref _certificate, ref _certificateLength);
        if (reader.TokenType == JsonTokenType.String && name == secret.Key) Take(ref reader, ref _key, ref _keyLength);
        reader.Skip();
    }

    private static void Take(ref Utf8JsonReader reader, ref byte[]? field, ref int length)
    {
        if (field is not null) PinnedBuffers.Return(field); // given twice: the last one counts
        field = PinnedBuffers.Rent(reader.ValueSpan.Length);
        length = reader.CopyString(field);
    }

    private void Clear()
    {
        if (_certificate is not null) PinnedBuffers.Return(_certificate);
        if (_key is not null) PinnedBuffers.Return(_key);
        (_certificate, _certificateLength, _key, _keyLength) = (null, 0, null, 0);
    }
}
