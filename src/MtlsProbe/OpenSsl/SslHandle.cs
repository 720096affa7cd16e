using System.Runtime.InteropServices;

namespace MtlsProbe.OpenSsl;

/// <summary>
/// Owns one <c>SSL</c> and the <see cref="WireRecord"/> that its message callback writes to. The record exists exactly as long as the SSL: it is
/// allocated before the callback can run, freed after SSL_free.
/// </summary>
internal sealed unsafe class SslHandle : SafeHandle
{
    private readonly WireRecord* _record;

    public SslHandle(TlsContext context)
        : base(0, ownsHandle: true)
    {
        SetHandle(LibSsl.SSL_new(context));
        if (IsInvalid) throw new InsufficientMemoryException("SSL_new: " + OpenSslErrors.Take());
        _record = (WireRecord*)NativeMemory.AllocZeroed((nuint)sizeof(WireRecord));
        _record->SignsElsewhere = context.Signing is not null;
        LibSsl.SSL_ctrl(this, LibSsl.ControlMessageCallbackArgument, 0, (nint)_record);
        LibSsl.SSL_set_ex_data(this, LibSsl.ApplicationData, (nint)_record);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>A copy of what has been recorded so far.</summary>
    public WireRecord Record
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            var copy = *_record;
            GC.KeepAlive(this);
            return copy;
        }
    }

    protected override bool ReleaseHandle()
    {
        LibSsl.SSL_free(handle);
        NativeMemory.Free(_record);
        return true;
    }
}
