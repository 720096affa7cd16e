using System.Runtime.InteropServices;
using static MtlsProbe.Pkcs11.Cryptoki;

namespace MtlsProbe.Pkcs11;

/// <summary>CK_FUNCTION_LIST: the functions of a module in the order of the standard. Only those that are called have a type.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TokenFunctions
{
    private readonly nuint _version; // two bytes, and the padding before the pointers

    public delegate* unmanaged[Cdecl]<InitializeArguments*, nuint> Initialize;
    private fixed ulong _finalizeToGetFunctionList[3];
    public delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint> GetSlotList;
    private fixed ulong _getSlotInfo[1];
    public delegate* unmanaged[Cdecl]<nuint, TokenInfo*, nuint> GetTokenInfo;
    private fixed ulong _getMechanismListToSetPin[5];
    public delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint> OpenSession;
    public delegate* unmanaged[Cdecl]<nuint, nuint> CloseSession;
    private fixed ulong _closeAllSessionsToSetOperationState[4];
    public delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint> Login;
    private fixed ulong _logoutToGetObjectSize[5];
    public delegate* unmanaged[Cdecl]<nuint, nuint, Cryptoki.Attribute*, nuint, nuint> GetAttributeValue;
    private fixed ulong _setAttributeValue[1];
    public delegate* unmanaged[Cdecl]<nuint, Cryptoki.Attribute*, nuint, nuint> FindObjectsInit;
    public delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint> FindObjects;
    public delegate* unmanaged[Cdecl]<nuint, nuint> FindObjectsFinal;
    private fixed ulong _encryptInitToDigestFinal[13];
    public delegate* unmanaged[Cdecl]<nuint, Mechanism*, nuint, nuint> SignInit;
    public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint> Sign;
}
