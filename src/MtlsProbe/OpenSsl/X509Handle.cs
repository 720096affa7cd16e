namespace MtlsProbe.OpenSsl;

/// <summary>Owns an <c>X509</c> for the duration of one method; libssl takes its own references if it keeps it.</summary>
internal readonly unsafe ref struct X509Handle
{
    private X509Handle(nint pointer) => Pointer = pointer;

    public nint Pointer { get; }

    public static X509Handle Decode(ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var cursor = start;
            OpenSslErrors.Clear();
            var pointer = LibCrypto.d2i_X509(null, &cursor, der.Length);
            return pointer != 0 ? new X509Handle(pointer) : throw new TlsContextException("not a certificate: " + OpenSslErrors.Take());
        }
    }

    public void Dispose() => LibCrypto.X509_free(Pointer);
}
