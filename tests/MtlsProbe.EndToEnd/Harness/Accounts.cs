using System.Globalization;
using SystemEnvironment = System.Environment;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The accounts that a server looks for, in files of the run: nss_wrapper and uid_wrapper answer in place of the C library, so that the
/// server needs neither accounts of this machine nor root.
/// </summary>
internal sealed class Accounts
{
    public const string NamesPackage = "libnss-wrapper";
    public const string RightsPackage = "libuid-wrapper";

    private const int Nobody = 65534;
    private const int FirstOther = 60000;

    private static readonly string[] s_ids = ["RUID", "EUID", "SUID", "RGID", "EGID", "SGID"];

    /// <param name="workspace">Where the two files go.</param>
    /// <param name="name">Of the account that the server runs as: the user's own, or nobody's where that is root.</param>
    /// <param name="others">Further accounts.</param>
    public Accounts(Workspace workspace, string name, params IEnumerable<string> others)
    {
        var own = SystemEnvironment.IsPrivilegedProcess ? Nobody : int.Parse(OwnStatus("Uid:"), CultureInfo.InvariantCulture);
        IReadOnlyList<(string Name, int Id)> all = [("root", 0), (name, own), .. others.Select((other, number) => (other, FirstOther + number))];
        var folder = $"accounts/{Path.GetRandomFileName()}"; // each server's own: none reads what is being written for another
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Names,
            ["NSS_WRAPPER_PASSWD"] = workspace.Write($"{folder}/passwd", string.Concat(all.Select(a => $"{a.Name}:x:{a.Id}:{a.Id}::/:/bin/false\n"))),
            ["NSS_WRAPPER_GROUP"] = workspace.Write($"{folder}/group", string.Concat(all.Select(a => $"{a.Name}:x:{a.Id}:\n"))),
        };
    }

    /// <summary>What a process needs to see them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>What a process needs to see them and to take itself for root, which changes to any of them.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOfRoot => new Dictionary<string, string>(Environment)
    {
        ["LD_PRELOAD"] = $"{Names}:{Rights}",
        ["UID_WRAPPER"] = "1",
        ["UID_WRAPPER_ROOT"] = "1",
    };

    /// <summary>
    /// What a process of root's needs to take itself for nobody's, with the rights that it has. Only what is started itself does: it is
    /// lost on the way through another program, such as setsid.
    /// </summary>
    public static IReadOnlyDictionary<string, string> EnvironmentOfOther => !SystemEnvironment.IsPrivilegedProcess ? new Dictionary<string, string>() :
        s_ids.ToDictionary(kind => $"UID_WRAPPER_INITIAL_{kind}", _ => Nobody.ToString(CultureInfo.InvariantCulture))
            .Append(new("LD_PRELOAD", Rights))
            .Append(new("UID_WRAPPER", "1"))
            .ToDictionary();

    private static string Rights => Unpacked.Package(RightsPackage).Find("libuid_wrapper.so");

    private static string Names => Unpacked.Package(NamesPackage).Find("libnss_wrapper.so");

    private static string OwnStatus(string field) =>
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split('\t')[1];
}
