using MtlsProbe.EndToEnd.Harness;
using MtlsProbe.EndToEnd.Pki;
using MtlsProbe.EndToEnd.Servers;

namespace MtlsProbe.EndToEnd.Rotation;

/// <summary>One client credential that another one replaces, what servers trust before, during and after that, and the paths of all files.</summary>
/// <param name="Old">The credential before the rotation.</param>
/// <param name="New">The credential after the rotation.</param>
/// <param name="Trusts">The authorities that servers know, PEM: before, during and after.</param>
/// <param name="Lists">Revocation lists, PEM: before and after; null: servers check none.</param>
internal sealed class RotationPlan(
    Workspace workspace, string name, CredentialForm form, Issued old, Issued @new,
    (string Before, string Between, string After) trusts, (string Before, string After)? lists)
{
    /// <summary>The name of the identity and of the server certificate, also used in the names of targets.</summary>
    public string Name { get; } = name;

    public Issued Old { get; } = old;

    public Issued New { get; } = @new;

    /// <summary>The identity that keeps the old credential.</summary>
    public string Retired => $"{Name}-retired";

    public CredentialFiles Current { get; } = new(workspace, $"{name}/current", form);

    public CredentialFiles Next { get; } = new(workspace, $"{name}/next", form);

    public ClientCheck Check => new(workspace.PathOf($"{Name}/authorities.pem"), lists is null ? null : workspace.PathOf($"{Name}/lists.pem"));

    /// <summary>A new leaf of the same issuer: no new trust is needed; the old leaf is revoked at the end.</summary>
    public static RotationPlan OfLeaf(Workspace workspace)
    {
        var root = Authority.Root("Leaf Root");
        var issuer = root.Intermediate("Leaf Clients");
        var (old, @new) = (issuer.Issue(Template.Client("client")), issuer.Issue(Template.Client("client")));
        var before = issuer.RevocationListPem() + root.RevocationListPem();
        issuer.Revoke(old);
        var after = issuer.RevocationListPem() + root.RevocationListPem();
        var trust = root.CertificatePem;
        return new(workspace, "leaf", CredentialForm.TwoFiles, old, @new, (trust, trust, trust), (before, after));
    }

    /// <summary>A new intermediate: the clients send only their leaf, and the servers know the intermediates that they accept.</summary>
    public static RotationPlan OfIntermediate(Workspace workspace)
    {
        var root = Authority.Root("Intermediate Root");
        var (old, @new) = (root.Intermediate("Clients 1"), root.Intermediate("Clients 2"));
        var between = root.CertificatePem + old.CertificatePem + @new.CertificatePem;
        return new(
            workspace, "intermediate", CredentialForm.Secret, Alone(old), Alone(@new),
            (root.CertificatePem + old.CertificatePem, between, root.CertificatePem + @new.CertificatePem), null);

        static Issued Alone(Authority issuer) => issuer.Issue(Template.Client("client")) with { Issuers = [] };
    }

    /// <summary>A new root with a new intermediate below it.</summary>
    public static RotationPlan OfRoot(Workspace workspace, string name)
    {
        var (old, @new) = (Authority.Root($"Root 1 {name}"), Authority.Root($"Root 2 {name}"));
        return new(
            workspace, name, CredentialForm.Pkcs12, Below(old), Below(@new),
            (old.CertificatePem, old.CertificatePem + @new.CertificatePem, @new.CertificatePem), null);

        static Issued Below(Authority root) => root.Intermediate("Clients").Issue(Template.Client("client"));
    }

    /// <summary>The old credential is in use, and the servers know no other.</summary>
    public async Task Begin()
    {
        await Current.Put(Old);
        await new CredentialFiles(workspace, $"{Name}/retired", CredentialForm.TwoFiles).Put(Old);
        Trust(trusts.Before);
        if (lists is { } known) workspace.Write($"{Name}/lists.pem", known.Before);
    }

    /// <summary>Trusts the new one beside the old one.</summary>
    public void TrustBoth() => Trust(trusts.Between);

    /// <summary>Trusts the old one no longer.</summary>
    public void Retire()
    {
        Trust(trusts.After);
        if (lists is { } known) workspace.Write($"{Name}/lists.pem", known.After);
    }

    /// <summary>The lines of the configuration's <c>identities</c>.</summary>
    public string Identities => $"""
          {Name}:
            current: {Current.Yaml}
            next: {Next.Yaml}
          {Retired}:
            current: {new CredentialFiles(workspace, $"{Name}/retired", CredentialForm.TwoFiles).Yaml}

        """;

    private void Trust(string authorities) => workspace.Write($"{Name}/authorities.pem", authorities);
}
