using MtlsProbe.Model;

namespace MtlsProbe.Inventories;

/// <summary>Logs changes of the inventories, each once.</summary>
internal sealed partial class InventoryLog(ILogger log)
{
    public void Tell(IReadOnlyList<InventoryState> before, IReadOnlyList<InventoryState> now)
    {
        foreach (var state in now)
        {
            var known = before.FirstOrDefault(one => one.Name == state.Name);
            if (known is null)
            {
                var (certificates, places) = (state.Certificates.DistinctBy(stored => stored.Certificate.Sha256).Count(), state.Certificates.DistinctBy(stored => stored.Path).Count());
                Found(state.Name, certificates, places);
            }

            foreach (var problem in state.LeftOut.Problems.Except(known?.LeftOut.Problems ?? [])) Unread(state.Name, problem);
            if (state.LeftOut.Unreadable > state.LeftOut.Problems.Count && state.LeftOut.Unreadable != known?.LeftOut.Unreadable)
                MoreUnread(state.Name, state.LeftOut.Unreadable - state.LeftOut.Problems.Count);
            var (gaps, old) = (state.LeftOut, known?.LeftOut ?? InventoryGaps.None);
            if (gaps.Files + gaps.Certificates > 0 && (gaps.Files, gaps.Certificates) != (old.Files, old.Certificates)) LeftOut(state.Name, gaps.Files, gaps.Certificates);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading an inventory failed because of a bug in MtlsProbe; it will be tried again")]
    public partial void Failed(Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Inventory {Inventory}: {Certificates} certificates at {Places} places")]
    private partial void Found(string inventory, int certificates, int places);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Inventory {Inventory}: {Problem}")]
    private partial void Unread(string inventory, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Inventory {Inventory}: {Count} more places cannot be read")]
    private partial void MoreUnread(string inventory, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Inventory {Inventory}: {Files} files, or patterns with more files, and {Certificates} certificates are left out, because there are too many or they cannot be read")]
    private partial void LeftOut(string inventory, int files, int certificates);
}
