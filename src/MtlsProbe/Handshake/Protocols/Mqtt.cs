using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MtlsProbe.Config;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>
/// MQTT 3.1.1 (OASIS, §3.1, §3.2) or 5.0: the request is CONNECT, and the CONNACK decides. A broker refuses clients there, without saying whether the
/// cause is the certificate or a required user.
/// </summary>
internal sealed record Mqtt : ServiceProtocol
{
    private const int MostConnack = 4096;
    private const byte Connack = 0x20;

    /// <summary>With twelve digits after it, no longer than every broker must accept (§3.1.3.1).</summary>
    private const string OurName = "mtlsprobe";

    private static readonly byte[] s_disconnect = [0xe0, 0];

    public static ProtocolGrammar Grammar { get; } = new()
    {
        Name = "mqtts",
        Does = "sends CONNECT to an MQTT broker",
        DefaultPort = 8883,
        Block = "mqtt",
        Keys = ["client_id", "username", "password_file", "version"],
        Flags =
        [
            new("--mqtt-client-id", "client_id", "ID", "The client identifier. Default: a new one for each probe.", BlockGrammar.Name),
            new("--mqtt-username", "username", "NAME", "The user name for the broker. Default: none.", BlockGrammar.Name),
            new("--mqtt-password-file", "password_file", "FILE", "File with the password of --mqtt-username. Default: none.", Config.Grammar.FilePath),
            new("--mqtt-version", "version", "VERSION", "3.1.1 or 5. Default: 3.1.1.", text => Version(text).Of(text)),
        ],
        LoginHint = "set mqtt.username and mqtt.password_file",
        BlockProblem = spoken => spoken is Mqtt { Login: not null, Username: null } ? ("has a password_file but no username", "username: NAME") : null, // MQTT 3.1.1 §3.1.2.9
        Read = block =>
        {
            var usual = new Mqtt();
            var username = block.Read("username", BlockGrammar.Name)?.Value;
            return new Mqtt
            {
                ClientId = block.Read("client_id", BlockGrammar.Name)?.Value,
                Username = username,
                Login = block.Read("password_file", Config.Grammar.FilePath)?.Value is { } file ? new PasswordLogin(username ?? "", file) : null,
                IsVersion5 = block.Read("version", Version)?.Value ?? usual.IsVersion5,
            };
        },
    };

    /// <summary>Null: a new one for each probe. A broker ends the session of another client with the same identifier.</summary>
    public string? ClientId { get; init; }

    /// <summary>Null: none.</summary>
    public string? Username { get; init; }

    public bool IsVersion5 { get; init; }

    public override string Name => Grammar.Name;

    public override string PasswordKey => "mqtt.password_file";

    public override string Summary => $"CONNECT{(Username is null ? "" : $" as {Username}")}";

    public override IEnumerable<(string Flag, string Value)> Flags()
    {
        yield return ("--protocol", Name);
        if (ClientId is not null) yield return ("--mqtt-client-id", ClientId);
        if (Username is not null) yield return ("--mqtt-username", Username);
        if (Login is PasswordLogin { PasswordFile: var file }) yield return ("--mqtt-password-file", file);
        if (IsVersion5) yield return ("--mqtt-version", "5");
    }

    /// <summary>With a new client identifier, so that no other session is ended.</summary>
    public override Protocol Harmless() => this with { ClientId = null, HasToRefuse = Login is not null };

    protected override byte[] Asked(Target target) => [.. Connect(ClientId ?? OurName, null), .. s_disconnect];

    protected override async Task<ServerAnswer?> AnswerAsync(Stream session, Target target, Secret? password, CancellationToken cancellation)
    {
        await session.WriteAsync(Connect(ClientId ?? OurName + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)), password), cancellation).ConfigureAwait(false);
        var head = await Packet.ReadAsync(session, 1, cancellation).ConfigureAwait(false);
        if (head[0] != Connack) throw new MalformedException($"the server answered with a packet of kind 0x{head[0]:x2} instead of a CONNACK");
        var length = await LengthAsync(session, cancellation).ConfigureAwait(false);
        if (length is < 2 or > MostConnack) throw new MalformedException($"the server sent a CONNACK of {length} bytes");
        var code = (await Packet.ReadAsync(session, length, cancellation).ConfigureAwait(false))[1];
        if (code == 0) await session.WriteAsync(s_disconnect, cancellation).ConfigureAwait(false);
        return Judged(code);
    }

    private byte[] Connect(string id, Secret? password)
    {
        const byte clean = 2;
        const byte named = 0x80;
        const byte proved = 0x40;
        byte[] content =
        [
            .. Field("MQTT"), (byte)(IsVersion5 ? 5 : 4), (byte)(clean | (Username is null ? 0 : named) | (password is null ? 0 : proved)), 0, 60,
            .. IsVersion5 ? [0] : Array.Empty<byte>(), // no properties
            .. Field(id), .. Username is null ? [] : Field(Username), .. password is null ? [] : Field(password.Bytes.Span),
        ];
        return [0x10, .. LengthOf(content.Length), .. content];
    }

    private ServerAnswer Judged(byte code)
    {
        var detail = $"the server answered with CONNACK {(IsVersion5 ? $"0x{code:x2}" : code.ToString(System.Globalization.CultureInfo.InvariantCulture))}{Means(code)}";
        return code switch
        {
            0 => Logins.Succeeded(detail),
            4 or 5 or 0x86 or 0x87 or 0x8c when Login is not null => Logins.Refused(Login, HasToRefuse, detail, ""), // Mosquitto sends 5 for a wrong password
            5 or 0x87 => Answers.Refused(detail),
            4 or 0x86 or 0x8c => Answers.Refused(detail) with
            {
                OnlyWithout = true,
                Missing = ", which is also the answer of a broker that requires a password in addition to the certificate",
                Hint = "Configure the broker to accept the certificate alone, as with Mosquitto's use_identity_as_username, or give this target the user and the password that it requires: mqtt.username and mqtt.password_file (probe: --mqtt-username, --mqtt-password-file).",
            },
            3 or 0x88 or 0x89 or 0x97 or 0x9f => Answers.Down(detail),
            1 or 0x84 => Answers.Unwilling(detail, "Set mqtt.version of this target (probe: --mqtt-version) to a version that the broker supports."),
            2 or 0x85 => Answers.Unclear(detail, ", which may or may not be a rule for the certificate", "Set mqtt.client_id of this target (probe: --mqtt-client-id) to one that the broker accepts; some require the common name of the certificate."),
            _ => Answers.Unclear(detail, ", and the certificate may or may not be the cause", "The broker's log at the time of the probe says why it does not continue."),
        };
    }

    private static string Means(byte code) => code switch
    {
        0 => "",
        1 or 0x84 => ", unacceptable protocol version",
        2 or 0x85 => ", client identifier rejected",
        3 or 0x88 => ", server unavailable",
        4 or 0x86 => ", bad user name or password",
        5 or 0x87 => ", not authorized",
        0x80 => ", unspecified error",
        0x89 => ", server busy",
        0x8a => ", banned",
        0x8c => ", bad authentication method",
        0x97 => ", quota exceeded",
        0x9c or 0x9d => ", use another server",
        0x9f => ", connection rate exceeded",
        _ => "",
    };

    /// <summary>Seven bits per byte, the lowest first, at most four bytes (§2.2.3).</summary>
    private static async ValueTask<int> LengthAsync(Stream session, CancellationToken cancellation)
    {
        var length = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            var b = (await Packet.ReadAsync(session, 1, cancellation).ConfigureAwait(false))[0];
            length |= (b & 0x7f) << shift;
            if (b < 0x80) return length;
        }

        throw new MalformedException("the server sent a length that has no end");
    }

    private static byte[] LengthOf(int count) => count < 0x80 ? [(byte)count] : [(byte)(count | 0x80), (byte)(count >> 7)]; // at most two names of 255 characters and a password

    private static byte[] Field(string text) => Field(Encoding.UTF8.GetBytes(text));

    private static byte[] Field(ReadOnlySpan<byte> bytes)
    {
        var field = new byte[2 + bytes.Length];
        BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)bytes.Length);
        bytes.CopyTo(field.AsSpan(2));
        return field;
    }

    private static Reading<bool> Version(string text) => text switch
    {
        "3.1.1" => false,
        "5" or "5.0" => true,
        _ => Reading<bool>.Wrong("is not a supported version of MQTT", "\"3.1.1\" or \"5\""),
    };
}
