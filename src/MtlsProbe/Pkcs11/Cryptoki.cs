using System.Globalization;

namespace MtlsProbe.Pkcs11;

/// <summary>Numbers and structures of PKCS#11 2.40, with their names in the standard. CK_ULONG is as wide as a pointer.</summary>
internal static unsafe class Cryptoki
{
    public const nuint Ok = 0;
    public const nuint HostMemory = 0x02;
    public const nuint CannotLock = 0x0A;
    public const nuint DeviceMemory = 0x31;
    public const nuint DeviceRemoved = 0x32;
    public const nuint FunctionNotSupported = 0x54;
    public const nuint MechanismInvalid = 0x70;
    public const nuint MechanismParamInvalid = 0x71;
    public const nuint PinIncorrect = 0xA0;
    public const nuint PinInvalid = 0xA1;
    public const nuint PinLengthRange = 0xA2;
    public const nuint PinExpired = 0xA3;
    public const nuint PinLocked = 0xA4;
    public const nuint SessionClosed = 0xB0;
    public const nuint SessionCount = 0xB1;
    public const nuint SessionHandleInvalid = 0xB3;
    public const nuint TokenNotPresent = 0xE0;
    public const nuint UserAlreadyLoggedIn = 0x100;
    public const nuint AnotherUserLoggedIn = 0x104;
    public const nuint NotInitialized = 0x190;
    public const nuint AlreadyInitialized = 0x191;

    public const nuint FlagOsLocking = 2; // CKF_OS_LOCKING_OK
    public const nuint FlagSerialSession = 4;
    public const nuint TokenLoginRequired = 0x4;
    public const nuint TokenInitialized = 0x400;
    public const nuint TokenFinalTry = 0x20000;
    public const nuint TokenLocked = 0x40000;

    public const nuint UserNormal = 1;

    public const nuint ClassPrivateKey = 3;
    public const nuint AttributeClass = 0;
    public const nuint AttributeLabel = 3;
    public const nuint AttributeKeyType = 0x100;
    public const nuint AttributeId = 0x102;
    public const nuint AttributeAlwaysAuthenticate = 0x202;
    public const nuint KeyRsa = 0;
    public const nuint KeyEc = 3;

    public const nuint MechanismRsaPkcs = 0x1;
    public const nuint MechanismRsaPss = 0xD;
    public const nuint MechanismEcdsa = 0x1041;

    /// <summary>The return value of a module, by name if people need to know it, and always by number.</summary>
    public static string Words(nuint result)
    {
        var name = (uint)result switch
        {
            0x02 => "host memory",
            0x03 => "slot id invalid",
            0x05 => "general error",
            0x06 => "function failed",
            0x07 => "arguments bad",
            0x30 => "device error",
            0x31 => "device memory",
            0x32 => "device removed",
            0x54 => "function not supported",
            0x60 => "key handle invalid",
            0x63 => "key type inconsistent",
            0x68 => "key function not permitted",
            0x70 => "mechanism invalid",
            0x71 => "mechanism parameter invalid",
            0x82 => "object handle invalid",
            0xA0 => "PIN incorrect",
            0xA1 => "PIN invalid",
            0xA2 => "PIN of the wrong length",
            0xA3 => "PIN expired",
            0xA4 => "PIN locked",
            0xB0 => "session closed",
            0xB1 => "too many sessions",
            0xB3 => "session handle invalid",
            0xE0 => "token not present",
            0xE1 => "token not recognized",
            0x101 => "user not logged in",
            0x102 => "user PIN not initialized",
            0x104 => "another user logged in",
            0x190 => "not initialized",
            _ => null,
        };
        var number = string.Create(CultureInfo.InvariantCulture, $"CKR 0x{(ulong)result:x}");
        return name is null ? number : $"{name}, {number}";
    }

    /// <summary>CK_C_INITIALIZE_ARGS.</summary>
    public struct InitializeArguments
    {
        public void* CreateMutex;
        public void* DestroyMutex;
        public void* LockMutex;
        public void* UnlockMutex;
        public nuint Flags;
        public void* Reserved;
    }

    /// <summary>CK_TOKEN_INFO.</summary>
    public struct TokenInfo
    {
        public fixed byte Label[32];
        public fixed byte Manufacturer[32];
        public fixed byte Model[16];
        public fixed byte Serial[16];
        public nuint Flags;
        private fixed ulong _counts[10];
        private fixed byte _versionsAndTime[20];
    }

    /// <summary>CK_ATTRIBUTE.</summary>
    public struct Attribute
    {
        public nuint Type;
        public void* Value;
        public nuint Length;
    }

    /// <summary>CK_MECHANISM.</summary>
    public struct Mechanism
    {
        public nuint Type;
        public void* Parameter;
        public nuint Length;
    }

    /// <summary>CK_RSA_PKCS_PSS_PARAMS.</summary>
    public struct PssParameters
    {
        public nuint Hash;
        public nuint Mask;
        public nuint SaltLength;
    }
}
