namespace MtlsProbe.EndToEnd.Faults;

/// <summary>The stage at which a handshake breaks, from the server's point of view.</summary>
internal enum Stage
{
    None,

    /// <summary>After 20 bytes of the record with the ServerHello.</summary>
    InServerHello,

    /// <summary>After everything that the server sends before the client's certificate.</summary>
    AfterServerFlight,

    /// <summary>After the client's certificate and Finished have arrived, without a check of them.</summary>
    AfterClientFlight,
}

/// <summary>How it breaks.</summary>
internal enum Break
{
    Close,
    Reset,

    /// <summary>With a fatal alert, <c>unknown_ca</c>, unencrypted: for TLS 1.2 before its ciphers change.</summary>
    Alert,
}

/// <summary>
/// The stream below the server's TLS. TLS reads the ClientHello, writes its flight, and then reads the client's. The changes between reading and
/// writing therefore show the stage.
/// </summary>
internal sealed class StagedStream(Connection connection, Stream network) : Stream
{
    private bool _wrote;
    private bool _readFlight;
    private readonly List<byte> _held = [];
    private ReadOnlyMemory<byte> _seen; // read by us, but not yet by TLS

    public Stage BreakAt { get; init; }

    public Break Way { get; init; }

    /// <summary>Whether and how it breaks, from the first record of the client's flight: in TLS 1.2 its certificate, unencrypted. Null: never.</summary>
    public Func<ReadOnlyMemory<byte>, Break?>? Decide { get; init; }

    /// <summary>Whether what is written after the client's flight waits for <see cref="Release"/>.</summary>
    public bool HoldsBack { get; init; }

    /// <summary>How long the server takes before it checks the client's certificate and sends anything more.</summary>
    public TimeSpan BeforeVerifying { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_seen.Length > 0) return Take(buffer);

        // With an empty buffer, TLS only waits until there is something to read, and can be woken too soon, before the client's flight has arrived.
        if (buffer.IsEmpty) return await network.ReadAsync(buffer, cancellationToken);
        if (_wrote && !_readFlight)
        {
            if (BreakAt == Stage.AfterServerFlight) await BreakOff();
            _readFlight = true;
            if (Decide is not null)
            {
                _seen = await connection.ReadRecord();
                if (Decide(_seen) is { } way) await BreakOff(way);
                return Take(buffer);
            }

            var count = await network.ReadAsync(buffer, cancellationToken);
            if (BreakAt == Stage.AfterClientFlight) await BreakOff();
            await connection.Wait(BeforeVerifying);
            return count;
        }

        return await network.ReadAsync(buffer, cancellationToken);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_wrote && BreakAt == Stage.InServerHello)
        {
            await network.WriteAsync(buffer[..20], cancellationToken);
            await BreakOff();
        }

        _wrote = true;
        if (HoldsBack && _readFlight) _held.AddRange(buffer.Span);
        else await network.WriteAsync(buffer, cancellationToken);
    }

    /// <summary>Sends what was held back, all at once.</summary>
    public async Task Release() => await connection.Send(_held.ToArray());

    private int Take(Memory<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _seen.Length);
        _seen[..count].CopyTo(buffer);
        _seen = _seen[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => network.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private Task BreakOff() => BreakOff(Way);

    private async Task BreakOff(Break way)
    {
        if (way == Break.Alert) await connection.Send(new byte[] { 21, 3, 3, 0, 2, 2, 48 });
        if (way == Break.Reset) connection.Reset();
        else await connection.Close();
        throw new IOException("broken off by the script");
    }
}
