using MtlsProbe.Certificates;
using MtlsProbe.OpenSsl;

namespace MtlsProbe.Demo;

/// <summary>
/// What a rotation of client credentials changes, one thing at a time: the files of the identity <see cref="DemoFiles.Rollout"/>, and the authorities
/// that its servers trust.
/// </summary>
/// <param name="servers">The servers with their parameters, in the order of <see cref="Servers"/>.</param>
internal sealed class DemoRollout(DemoPki pki, DemoFiles files, IReadOnlyList<(TlsServer Server, ServerParameters Tls)> servers)
{
    /// <summary>The targets of the rotation.</summary>
    public static readonly IReadOnlyList<string> Servers = ["rotation-1", "rotation-2", "rotation-3", "rotation-4"];

    private readonly MintedCertificate _next = pki.NewClients.IssueClient(DemoFiles.Rollout, pki.Valid);

    /// <summary>The files of the next credential appear.</summary>
    public void StageNext() => files.RolloutNext.Write(_next);

    /// <summary>Makes a server trust the new authority in addition to the old one.</summary>
    /// <param name="number">The number of the server, from 1.</param>
    public void AddAuthority(int number) => Trust(number, pki.OldClients, pki.NewClients);

    /// <summary>Makes a server trust only the new authority.</summary>
    public void RemoveOldAuthority(int number) => Trust(number, pki.NewClients);

    /// <summary>Makes the next credential the current one.</summary>
    public void Promote()
    {
        files.RolloutCurrent.Write(_next);
        files.RolloutNext.Remove();
    }

    private void Trust(int number, params IEnumerable<MintedCertificate> authorities)
    {
        var (server, tls) = servers[number - 1];
        server.Replace(tls with { ClientAnchors = [.. authorities.Select(authority => authority.Der)] });
    }
}
