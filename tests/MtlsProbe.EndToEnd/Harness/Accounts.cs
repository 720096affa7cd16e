using System.Globalization;
using SystemEnvironment = System.Environment;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The accounts that a server needs, in files of the run: nss_wrapper and uid_wrapper replace the C library's lookups, so the server needs neither
/// accounts of this machine nor root.
/// </summary>
internal sealed class Accounts
{
    public const string NamesPackage = "libnss-wrapper";
    public const string RightsPackage = "libuid-wrapper";

    private const int Nobody = 65534;
    private const int FirstOther = 60000;

    private static readonly string[] s_ids = ["RUID", "EUID", "SUID", "RGID", "EGID", "SGID"];

    /// <param name="workspace">The directory of the two files.</param>
    /// <param name="name">The account that the server runs as: the current user, or nobody if that is root.</param>
    /// <param name="others">Further accounts.</param>
    public Accounts(Workspace workspace, string name, params IEnumerable<string> others)
    {
        var own = SystemEnvironment.IsPrivilegedProcess ? Nobody : int.Parse(OwnStatus("Uid:"), CultureInfo.InvariantCulture);
        IReadOnlyList<(string Name, int Id)> all = [("root", 0), (name, own), .. others.Select((other, number) => (other, FirstOther + number))];
        var folder = $"accounts/{Path.GetRandomFileName()}"; // one for each server, so none reads a file while it is written for another
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Names,
            ["NSS_WRAPPER_PASSWD"] = workspace.Write($"{folder}/passwd", string.Concat(all.Select(a => $"{a.Name}:x:{a.Id}:{a.Id}::/:/bin/false\n"))),
            ["NSS_WRAPPER_GROUP"] = workspace.Write($"{folder}/group", string.Concat(all.Select(a => $"{a.Name}:x:{a.Id}:\n"))),
        };
    }

    /// <summary>The environment with which a process sees them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The environment with which a process sees them and believes that it is root and can change to any of them.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOfRoot => new Dictionary<string, string>(Environment)
    {
        ["LD_PRELOAD"] = $"{Names}:{Rights}",
        ["UID_WRAPPER"] = "1",
        ["UID_WRAPPER_ROOT"] = "1",
    };

    /// <summary>
    /// The environment with which a process of root believes that it is nobody, but keeps root's rights. Only the started process itself does: the
    /// effect is lost through another program, such as setsid.
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
