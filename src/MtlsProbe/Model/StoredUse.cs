using System.Text.Json.Serialization;
using MtlsProbe.Certificates;

namespace MtlsProbe.Model;

/// <summary>What probed servers have to do with a stored certificate.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<StoredUse>))]
internal enum StoredUse
{
    /// <summary>A probed server presents it.</summary>
    Served,

    /// <summary>It is newer than what is presented of its line: renewed, and not loaded.</summary>
    NotLoaded,

    /// <summary>A newer one of its line is presented.</summary>
    Superseded,

    /// <summary>No probed server presents it or another of its line. Whether anything uses it is not known.</summary>
    NotSeen,
}

/// <summary>A stored certificate compared with what is served.</summary>
internal readonly record struct StoredPlace(StoredCertificate Stored, StoredUse Use);

/// <summary>Joins what is stored with what probed servers present. Pure.</summary>
internal static class StoredUses
{
    /// <summary>
    /// Each stored certificate with its use. A target serves the renewed certificate if each of its addresses that present the line presents this one
    /// or a newer one; one such target is enough, because others may have their own files.
    /// </summary>
    /// <param name="servers">In their last known state.</param>
    public static IEnumerable<StoredPlace> Of(IReadOnlyList<InventoryState> inventories, IReadOnlyList<ServerState> servers, DateTimeOffset now)
    {
        var served = Served.Of(servers, [.. inventories.SelectMany(inventory => inventory.Certificates).Where(stored => stored.Line is not null).Select(stored => stored.Certificate.Rules.Subject)]);
        return inventories.SelectMany(inventory => inventory.Certificates).Select(stored => new StoredPlace(stored, served.UseOf(stored, now)));
    }

    /// <summary>What servers present.</summary>
    private sealed class Served
    {
        private readonly HashSet<string> _presented = new(StringComparer.Ordinal);

        /// <summary>The oldest leaf of a line that a target presents at any of its addresses.</summary>
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

            // What is not valid yet is not to be served yet.
            if (isOutdated) return stored.Certificate.NotBefore > now ? StoredUse.NotSeen : StoredUse.NotLoaded;
            return isPresented ? StoredUse.Served : StoredUse.Superseded;
        }
    }
}
