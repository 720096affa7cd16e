using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Handshake;
using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using MtlsProbe.Values;

namespace MtlsProbe.Cli;

/// <summary>The notes of a forecast: certificates whose renewals will differ, and issuers whose certificates have different lifetimes.</summary>
internal static class RenewalNotes
{
    private const int MostTold = 20;

    /// <summary>Lines for standard error, so that the report on standard output is not mixed with them.</summary>
    public static async Task WriteAsync(IReadOnlyList<ProbeJob> jobs, IReadOnlyList<ProbeResult> results, MaterialStore materials, Surroundings surroundings, CancellationToken stop)
    {
        List<ValueList<Certificate>> chains =
        [
            .. results.Select(result => result.ServerCertificates).Concat(jobs.Select(job => job.Credential.Now.Credential?.Chain ?? []))
                .Where(chain => chain.Count > 0).DistinctBy(chain => chain[0].Sha256),
        ];

        // Some hundred files, needed only for a certificate that claims to be public.
        var machine = chains.Exists(chain => BaselineRequirements.AreClaimedBy(chain[0])) ? (await materials.LookAtAsync(SystemTrust.Locate(surroundings.Environment), stop)).Good : null;
        List<string> notes =
        [
            .. chains.SelectMany(chain => PublicCertificate.Warnings(chain, machine))
                .Concat(LifetimeClass.MixedWithinIssuers(chains.Select(chain => chain[0]).Where(leaf => !leaf.IsSelfIssued)))
                .Select(warning => warning.Message),
        ];
        foreach (var note in notes.Take(MostTold)) surroundings.Error.WriteLine($"note: {VisibleText.Of(note, note.Length, ascii: false)}");
        if (notes.Count > MostTold) surroundings.Error.WriteLine(FormattableString.Invariant($"note: and {notes.Count - MostTold:N0} more like this"));
    }
}
