using MtlsProbe.Model;

namespace MtlsProbe.Checks;

/// <summary>Logins that can only fail.</summary>
internal static class LoginFindings
{
    public static IEnumerable<Finding> Of(Configuration configuration) => configuration.Targets
        .Where(target => target.Protocol.Login is ExternalLogin && target.Identity == Identity.None)
        .Select(target => new Finding(false, $"targets.{target.Name}.login", "uses only the certificate, but the target has no identity", "set identity, or remove login"));
}
