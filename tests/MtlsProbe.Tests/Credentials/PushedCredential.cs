using System.Text;
using MtlsProbe.Credentials;
using MtlsProbe.Files;
using MtlsProbe.Model;
using MtlsProbe.OpenSsl;
using MtlsProbe.Values;

namespace MtlsProbe.Tests.Credentials;

/// <summary>A pushed credential in the configuration of a test.</summary>
internal sealed record PushedCredential(string Stream) : CredentialSource
{
    public override ValueList<string> Places => [Stream];
}

/// <summary>A source of the tests, unknown to the program: it delivers what a test pushes, like a stream.</summary>
internal sealed class PushSource(string stream) : IMaterialSource<Credential>
{
    private Held<Credential>? _holder;

    public MaterialFault NothingYet => new(Reasons.Unreadable, $"{stream} has delivered nothing yet");

    public bool IsClosed { get; private set; }

    public FileFollower? Open(Held<Credential> holder)
    {
        _holder = holder;
        return null;
    }

    public Task<Look<Credential>> LookAsync(CancellationToken stop) => Task.FromResult(new Look<Credential>(new(null, NothingYet), [NothingYet]));

    public void Push(TestCertificate certificate) => _holder!.Take(new(Credential(certificate), null));

    public void Break(Reason reason) => _holder!.Take(new(null, new MaterialFault(reason, $"{stream} is broken")));

    /// <summary>Says that there is nothing.</summary>
    public void Clear() => _holder!.Take(new(null, null));

    public void Dispose() => IsClosed = true;

    private static Credential Credential(TestCertificate certificate) =>
        new([certificate.Certificate], PrivateKey.Of(certificate.Key));
}
