using System.Text.Json.Serialization;
using MtlsProbe.Certificates;

namespace MtlsProbe.Model;

/// <summary>The relation of a stored certificate to the probed servers.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StoredUse>))]
internal enum StoredUse
{
    /// <summary>A probed server presents it.</summary>
    Served,

    /// <summary>It is newer than the certificate of its line that a server presents: renewed, but not loaded.</summary>
    NotLoaded,

    /// <summary>A server presents a newer one of its line.</summary>
    Superseded,

    /// <summary>No probed server presents it or another certificate of its line. It is not known whether anything uses it.</summary>
    NotSeen,
}

/// <summary>A stored certificate compared with what is served.</summary>
internal readonly record struct StoredPlace(StoredCertificate Stored, StoredUse Use);

/// <summary>Joins what is stored with what probed servers present. Pure.</summary>
internal static class StoredUses
{
    /// <summary>
    /// Each stored certificate with its use. A target serves the renewed certificate if each of its addresses that present a certificate of the line
    /// presents this one or a newer one. One such target is enough, because others can have their own files.
    /// </summary>
    /// <param name="servers">The servers in their last known state.</param>
    public static IEnumerable<StoredPlace> Of(IReadOnlyList<InventoryState> inventories, IReadOnlyList<ServerState> servers, DateTimeOffset now)
    {
        var served = Served.Of(servers, [.. inventories.SelectMany(inventory => inventory.Certificates).Where(stored => stored.Line is not null).Select(stored => stored.Certificate.Rules.Subject)]);
        return inventories.SelectMany(inventory => inventory.Certificates).Select(stored => new StoredPlace(stored, served.UseOf(stored, now)));
    }

    /// <summary>What servers present.</summary>
    private sealed class Served
    {
        private readonly HashSet<string> _presented = new(StringComparer.Ordinal);

        /// <summary>For each line and target, the oldest leaf that the target presents at any of its addresses.</summary>
        private readonly Dictionary<RenewalLine, Dictionary<string, Certificate>> _oldest = [];

        /// <param name="subjects">The subjects of stored certificates: other servers are not relevant here.</param>
        public static Served Of(IReadOnlyList<ServerState> servers, HashSet<NameKey> subjects)
        {
            var served = new Served();
            foreach (var server in servers)
            {
                if (server.Facts is not { Certificates: { Count: > 0 } chain }) continue;
                foreach (var certificate in chain) served._presented.Add(certificate.Sha256);
                if (!subjects.Contains(chain[0].Rules.Subject) || RenewalLine.Of(chain[0]) is not { } line) continue;
                if (!served._oldest.TryGetValue(line, out var targets)) served._oldest[line] = targets = new(StringComparer.Ordinal);
                if (!targets.TryGetValue(server.Key.Target, out var oldest) || RenewalLine.IsNewer(oldest, chain[0])) targets[server.Key.Target] = chain[0];
            }

            return served;
        }

        public StoredUse UseOf(StoredCertificate stored, DateTimeOffset now)
        {
            var isPresented = _presented.Contains(stored.Certificate.Sha256);
            if (stored.Line is not { } line || !_oldest.TryGetValue(line, out var targets)) return isPresented ? StoredUse.Served : StoredUse.NotSeen;
            var isOutdated = targets.Values.All(oldest => RenewalLine.IsNewer(stored.Certificate, oldest));

            // A certificate that is not valid yet does not have to be served yet.
            if (isOutdated) return stored.Certificate.NotBefore > now ? StoredUse.NotSeen : StoredUse.NotLoaded;
            return isPresented ? StoredUse.Served : StoredUse.Superseded;
        }
    }
}
