using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>The two SASL mechanisms of logins: EXTERNAL (RFC 4422, Appendix A) and PLAIN (RFC 4616). Each is one message of the client.</summary>
internal static class Sasl
{
    public static string Mechanism(Login login) => login is ExternalLogin ? "EXTERNAL" : "PLAIN";

    /// <summary>For EXTERNAL it is empty: the server takes the identity from the certificate.</summary>
    public static byte[] Message(Login login, Secret? password) =>
        login is PasswordLogin { User: var user } ? [0, .. Encoding.UTF8.GetBytes(user), 0, .. Logins.Needed(password)] : [];

    public static string Base64(Login login, Secret? password) => Convert.ToBase64String(Message(login, password));

    /// <summary>Whether a list of capabilities, separated by spaces, has the mechanism.</summary>
    public static bool IsOffered(string words, string mechanism) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Contains(mechanism, StringComparer.OrdinalIgnoreCase);
}
