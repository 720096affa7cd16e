using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MtlsProbe.Model;
using MtlsProbe.Text;
using static MtlsProbe.Pkcs11.Cryptoki;

namespace MtlsProbe.Pkcs11;

/// <summary>
/// A PKCS#11 module: loaded and initialized once in the process, and never unloaded, because other code in the process may use it too. Thread-safe,
/// because the module was initialized that way; each call can block.
/// </summary>
internal sealed unsafe class TokenModule
{
    private const int MostSlots = 256;

    /// <summary>How many labels are listed if the requested one does not exist.</summary>
    private const int MostNamed = 5;

    private static readonly ConcurrentDictionary<string, Lazy<TokenModule>> s_modules = new(StringComparer.Ordinal);

    private readonly TokenFunctions* _functions;

    private TokenModule(string path, TokenFunctions* functions)
    {
        Path = path;
        _functions = functions;
    }

    public string Path { get; }

    public TokenFunctions* Functions => _functions;

    /// <exception cref="TokenException">It does not exist, or is not such a module.</exception>
    public static TokenModule Load(string path)
    {
        var module = s_modules.GetOrAdd(path, static path => new Lazy<TokenModule>(() => Open(path)));
        try
        {
            return module.Value;
        }
        catch
        {
            s_modules.TryRemove(KeyValuePair.Create(path, module)); // it may have been installed by the next time
            throw;
        }
    }

    /// <summary>The one token that the URI describes.</summary>
    /// <exception cref="TokenException">It does not exist, or there are several.</exception>
    public TokenSlot Find(TokenUri uri)
    {
        var all = Tokens();
        TokenSlot[] meant = [.. all.Where(token => IsMeant(token, uri))];
        if (meant.Length == 1) return meant[0];
        IReadOnlyList<TokenSlot> those = meant.Length == 0 ? all : meant;
        var names = those.Count == 0 ? "there is none" : $"there {(those.Count == 1 ? "is" : "are")} {string.Join(", ", those.Take(MostNamed))}{(those.Count > MostNamed ? $" and {those.Count - MostNamed} more" : "")}";
        throw new TokenException(Reasons.TokenUnavailable, meant.Length == 0
            ? $"{Path} has no token that is {uri.TokenWords}: {names}"
            : $"{Path} has {meant.Length} tokens that are {uri.TokenWords}: {names}; add serial=…") { IsLoss = true };
    }

    /// <summary>
    /// Logs in to a token, for all sessions of this process at once. A refused PIN is not tried again, and the last attempt is left to the owner of
    /// the token.
    /// </summary>
    /// <param name="pinFile">The file of the PIN, for a sentence.</param>
    public void Login(TokenSlot token, nuint session, Secret pin, string pinFile)
    {
        var refused = RefusedPins.Of(token);
        lock (refused.Gate)
        {
            var flags = Info(token.Slot)?.Flags ?? token.Flags;
            if ((flags & TokenLocked) != 0) throw new TokenException(Reasons.WrongPin, $"the PIN of the token {token} is locked: its security officer can unlock it");
            if (refused.Of(pin) is { } before) throw Refused(token, pinFile, before);
            if ((flags & TokenFinalTry) != 0)
                throw new TokenException(Reasons.WrongPin, $"the token {token} locks after one more wrong PIN, so the PIN in {pinFile} is not tried: log in with the right one in another program, which resets the counter");
            nuint result;
            fixed (byte* start = pin.Bytes.Span) result = _functions->Login(session, UserNormal, start, (nuint)pin.Bytes.Length);
            if (result is Ok or UserAlreadyLoggedIn) return;
            if (result is HostMemory or DeviceMemory or DeviceRemoved or SessionClosed or SessionHandleInvalid or TokenNotPresent or AnotherUserLoggedIn or NotInitialized) throw Failed("C_Login", result);
            refused.Add(pin, result); // even for unclear codes: some modules have their own for a wrong PIN
            throw Refused(token, pinFile, result);
        }
    }

    /// <summary>What the failure of a function means for a key.</summary>
    public TokenException Failed(string function, nuint result) =>
        new(Reasons.TokenUnavailable, $"{Path}: {function} failed ({Words(result)})")
        {
            IsFull = result == SessionCount,
            IsLoss = result is not (MechanismInvalid or MechanismParamInvalid or FunctionNotSupported or 0x20 or 0x21 or 0x62 or 0x63 or 0x68), // data, size or kind of the key, permission: a new session does not change these
        };

    private static TokenException Refused(TokenSlot token, string pinFile, nuint result)
    {
        var said = result switch
        {
            PinLocked or PinExpired => $"accepts no PIN ({Words(result)}): its owner has to unlock or change it; the PIN in {pinFile}",
            PinIncorrect or PinInvalid or PinLengthRange => $"refuses the PIN in {pinFile} ({Words(result)}); it",
            _ => $"did not accept the PIN in {pinFile} ({Words(result)}), which may mean that the PIN is wrong; it",
        };
        return new TokenException(Reasons.WrongPin, $"the token {token} {said} is not tried again until the file contains another one or this program restarts, because a token locks after a few attempts");
    }

    private static TokenModule Open(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var library)) throw new TokenException(Reasons.TokenUnavailable, $"{path} cannot be loaded as a PKCS#11 module: {WhyNot(path)}");
        if (!NativeLibrary.TryGetExport(library, "C_GetFunctionList", out var entry)) throw new TokenException(Reasons.TokenUnavailable, $"{path} is not a PKCS#11 module: it has no C_GetFunctionList");
        TokenFunctions* functions = null;
        var result = ((delegate* unmanaged[Cdecl]<TokenFunctions**, nuint>)entry)(&functions);
        if (result != Ok || functions == null) throw new TokenException(Reasons.TokenUnavailable, $"{path}: C_GetFunctionList failed ({Words(result)})");
        var arguments = new InitializeArguments { Flags = FlagOsLocking };
        result = functions->Initialize(&arguments);
        return result switch
        {
            Ok or AlreadyInitialized => new TokenModule(path, functions),
            CannotLock => throw new TokenException(Reasons.TokenUnavailable, $"{path} cannot be used by several threads"),
            _ => throw new TokenException(Reasons.TokenUnavailable, $"{path}: C_Initialize failed ({Words(result)})"),
        };
    }

    /// <summary>The message of the dynamic linker.</summary>
    private static string WhyNot(string path)
    {
        if (!System.IO.Path.Exists(path)) return "it does not exist; install the package of the token's vendor (SoftHSM: softhsm2, smart cards: opensc-pkcs11), or set module-path=… in the URI";
        try
        {
            NativeLibrary.Load(path);
            return "";
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return PlainText.QuoteLines(Encoding.UTF8.GetBytes(e.Message));
        }
    }

    private static bool IsMeant(TokenSlot token, TokenUri uri) =>
        (uri.Token is null || uri.Token == token.Label) && (uri.Serial is null || uri.Serial == token.Serial) && (uri.Manufacturer is null || uri.Manufacturer == token.Manufacturer)
        && (uri.Model is null || uri.Model == token.Model) && (uri.SlotId is null || uri.SlotId == token.Slot);

    /// <summary>The tokens that are in their slots now. A module refreshes its list at the first call, which asks for the number.</summary>
    private List<TokenSlot> Tokens()
    {
        nuint count = 0;
        if (_functions->GetSlotList(1, null, &count) is not Ok and var uncounted) throw Failed("C_GetSlotList", uncounted);
        count = Math.Min(count, MostSlots);
        var slots = stackalloc nuint[MostSlots];
        if (_functions->GetSlotList(1, slots, &count) is not Ok and var unlisted) throw Failed("C_GetSlotList", unlisted);
        List<TokenSlot> tokens = [];
        for (var i = 0; i < (int)Math.Min(count, MostSlots); i++)
        {
            if (Info(slots[i]) is not { } info || (info.Flags & TokenInitialized) == 0) continue;
            tokens.Add(new TokenSlot(slots[i], Padded(info.Label, 32), Padded(info.Serial, 16), Padded(info.Manufacturer, 32), Padded(info.Model, 16), info.Flags));
        }

        return tokens;
    }

    private TokenInfo? Info(nuint slot)
    {
        TokenInfo info;
        return _functions->GetTokenInfo(slot, &info) == Ok ? info : null;
    }

    /// <summary>Shorter text is padded with spaces.</summary>
    private static string Padded(byte* text, int length) => Encoding.UTF8.GetString(text, length).TrimEnd(' ', '\0');
}

/// <summary>A token in its slot.</summary>
internal sealed record TokenSlot(nuint Slot, string Label, string Serial, string Manufacturer, string Model, nuint Flags)
{
    /// <summary>Its label, escaped.</summary>
    public override string ToString() => Label.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"in slot {Slot}") : PlainText.Quote(Encoding.UTF8.GetBytes(Label));
}
