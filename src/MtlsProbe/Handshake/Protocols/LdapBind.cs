using System.Formats.Asn1;
using System.Text;
using MtlsProbe.Model;

namespace MtlsProbe.Handshake;

/// <summary>A bind (RFC 4511 §4.2): by SASL EXTERNAL, or simple, with the user's distinguished name and a password.</summary>
internal static class LdapBind
{
    /// <summary>The first message inside TLS (StartTLS is 1). Without a login, the search has the same number.</summary>
    public const int MessageId = 2;

    private const int Version = 3;

    // RFC 4511 §4.1.9 and Appendix A.
    private const int AuthMethodNotSupported = 7;
    private const int InappropriateAuthentication = 48;
    private const int InvalidCredentials = 49;
    private const int InsufficientAccessRights = 50;

    public static byte[] Request(Login login, Secret? password)
    {
        var message = new AsnWriter(AsnEncodingRules.BER);
        using (message.PushSequence())
        {
            message.WriteInteger(MessageId);
            using (message.PushSequence(new Asn1Tag(TagClass.Application, 0)))
            {
                message.WriteInteger(Version);
                message.WriteOctetString(login is PasswordLogin { User: var user } ? Encoding.UTF8.GetBytes(user) : []);
                if (login is PasswordLogin) message.WriteOctetString(Logins.Needed(password), new Asn1Tag(TagClass.ContextSpecific, 0));
                else External(message);
            }
        }

        return message.Encode();
    }

    /// <param name="hasToRefuse">As for <see cref="Logins.NotOffered"/>.</param>
    public static ServerAnswer Judged(LdapMessage message, Login login, bool hasToRefuse) => message.ResultCode switch
    {
        0 => Logins.Succeeded(message.Detail),
        AuthMethodNotSupported when login is ExternalLogin => Logins.NotOffered("EXTERNAL", hasToRefuse),
        InappropriateAuthentication or InvalidCredentials or InsufficientAccessRights => Logins.Refused(login, hasToRefuse, message.Detail, message.Diagnostic),
        _ when Answers.SpeaksOfCertificate(message.Diagnostic) => Answers.Refused(message.Detail),
        _ => Logins.Undecided(message.Detail),
    };

    /// <summary>
    /// Credentials that are present but empty: the identity of the certificate (RFC 4513 §5.2.3.1). If they are absent, a server may ask for them.
    /// </summary>
    private static void External(AsnWriter message)
    {
        using (message.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3)))
        {
            message.WriteOctetString("EXTERNAL"u8);
            message.WriteOctetString([]);
        }
    }
}
