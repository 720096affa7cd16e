using MtlsProbe.Certificates;

namespace MtlsProbe.Trust;

/// <summary>Oddities in the presented list that make no client fail: certificates that are sent twice, out of order, or not needed.</summary>
internal static class PresentedNotes
{
    private const int MaxNotes = 10;

    /// <param name="presented">As the server sent them.</param>
    /// <param name="path">The selected path.</param>
    /// <param name="bounds">Says whether the search ended early.</param>
    public static List<string> Of(IReadOnlyList<Certificate> presented, CertificatePath path, SearchBounds bounds)
    {
        List<string> notes = [];
        if (presented.Count > SearchBounds.MaxPresented)
        {
            notes.Add(FormattableString.Invariant(
                $"the server presented {presented.Count:N0} certificates, of which {SearchBounds.MaxPresented} were examined"));
        }

        if (bounds.Exceeded) notes.Add("the search for a path was stopped early, because the presented certificates allow too many paths");
        if (presented.Count == 1 && presented[0] == path.Leaf) return notes;

        var last = -1;
        for (var position = 0; position < presented.Count && notes.Count < MaxNotes; position++)
        {
            var certificate = presented[position];
            var place = IndexOf(path, certificate);
            if (IsPresentedBefore(presented, position)) notes.Add($"{certificate.Named()} is presented twice");
            else if (place > 0 && place == path.Certificates.Count - 1 && certificate.IsSelfIssued)
                notes.Add($"{certificate.Named()} is a root; clients that trust it already have it, so the server need not send it");
            else if (place < 0) notes.Add($"{certificate.Named()} is presented but not needed");
            else if (place < last) notes.Add($"{certificate.Named()} is out of order: each certificate should follow the one it issued");
            last = Math.Max(last, place);
        }

        return notes;
    }

    private static int IndexOf(CertificatePath path, Certificate certificate)
    {
        for (var place = 0; place < path.Certificates.Count; place++)
        {
            if (path.Certificates[place] == certificate) return place;
        }

        return -1;
    }

    private static bool IsPresentedBefore(IReadOnlyList<Certificate> presented, int position)
    {
        for (var earlier = 0; earlier < position; earlier++)
        {
            if (presented[earlier] == presented[position]) return true;
        }

        return false;
    }
}
