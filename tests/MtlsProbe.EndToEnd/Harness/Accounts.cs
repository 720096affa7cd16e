using System.Globalization;
using SystemEnvironment = System.Environment;

namespace MtlsProbe.EndToEnd.Harness;

/// <summary>
/// The accounts that a mail server looks for. It sees them in files of the run and takes itself for root (nss_wrapper and uid_wrapper
/// answer in place of the C library), so that it needs neither accounts of this machine nor root.
/// </summary>
internal sealed class Accounts
{
    public const string NamesPackage = "libnss-wrapper";
    public const string RightsPackage = "libuid-wrapper";

    /// <param name="workspace">Where the two files go.</param>
    /// <param name="name">Of an account that owns what the tests write.</param>
    /// <param name="others">Further accounts.</param>
    public Accounts(Workspace workspace, string name, params IEnumerable<string> others)
    {
        IReadOnlyList<(string Name, int Id)> all = [("root", 0), (name, OwnId), .. others.Select((other, number) => (other, FirstOther + number))];
        var users = workspace.Write($"accounts/{name}.passwd", string.Concat(all.Select(account => $"{account.Name}:x:{account.Id}:{account.Id}::/:/bin/false\n")));
        var groups = workspace.Write($"accounts/{name}.group", string.Concat(all.Select(account => $"{account.Name}:x:{account.Id}:\n")));
        var libraries = new[] { Library(NamesPackage, "libnss_wrapper.so"), Library(RightsPackage, "libuid_wrapper.so") };
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = string.Join(':', libraries),
            ["NSS_WRAPPER_PASSWD"] = users,
            ["NSS_WRAPPER_GROUP"] = groups,
            ["UID_WRAPPER"] = "1",
            ["UID_WRAPPER_ROOT"] = "1",
        };
    }

    /// <summary>What a process needs to see them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    private const int Nobody = 65534;
    private const int FirstOther = 60000;

    /// <summary>The user's own number; a server does not run as root's.</summary>
    private static int OwnId => SystemEnvironment.IsPrivilegedProcess ? Nobody : int.Parse(OwnStatus("Uid:"), CultureInfo.InvariantCulture);

    private static string OwnStatus(string field) =>
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split('\t')[1];

    private static string Library(string package, string file) => Unpacked.Package(package).Find(file);
}
