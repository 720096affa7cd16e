using System.Diagnostics;

namespace MtlsProbe.Tests.Pkcs11;

/// <summary>
/// SoftHSM with tokens in a temporary directory, and modules that behave like it except for what a test changes (shim.c). It reads its tokens once
/// per process: all of them are created here.
/// </summary>
public sealed class SoftHsm : IDisposable
{
    public const string Pin = "482915";

    private static readonly string[] s_labels = ["ec", "rsa", "pin", "shy", "slow"];

    private readonly string _folder = Directory.CreateTempSubdirectory("mtlsprobe-hsm-").FullName;
    private readonly string _shim;
    private int _modules;

    public SoftHsm()
    {
        _shim = Path.Combine(_folder, "shim.so");
        if (Missing is not null) return;
        Directory.CreateDirectory(Path.Combine(_folder, "tokens"));
        var configuration = Path.Combine(_folder, "softhsm2.conf");
        File.WriteAllText(configuration, $"directories.tokendir = {_folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
        foreach (var label in s_labels)
        {
            var client = Clients[label] = Authority.Client(label, template => template with { KeyKind = label == "rsa" ? TestKeyKind.OwnRsa2048 : TestKeyKind.EcP256 });
            var pem = Path.Combine(_folder, label + ".pem");
            File.WriteAllText(pem, client.KeyPem);
            Util($"--init-token --free --label {label} --pin {Pin} --so-pin 11223344", configuration);
            Util($"--import {pem} --token {label} --label client --id a1 --pin {Pin}", configuration);
        }

        Run("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", $"-DCONF=\"{configuration}\"", $"-DMODULE=\"{Library}\"", "-o", _shim, Path.Combine(Repository.Root, "tests", "MtlsProbe.Tests", "Pkcs11", "shim.c")], null);
    }

    /// <summary>A sentence, or null; in CI nothing may be missing.</summary>
    public static string? Missing { get; } = Needs.Missing("gcc") ?? (Library is null && Environment.GetEnvironmentVariable("CI") != "true" ? "not unpacked: softhsm2 (run ./test.sh where apt-get can download)" : null);

    internal TestCertificate Authority { get; } = TestPki.Root("Authority");

    /// <summary>By the label of the token that has the key; each key has the label <c>client</c> and the id a1.</summary>
    internal Dictionary<string, TestCertificate> Clients { get; } = [];

    /// <summary>A separate module in a separate directory.</summary>
    internal TestModule NewModule()
    {
        var folder = Path.Combine(_folder, $"module-{Interlocked.Increment(ref _modules)}");
        Directory.CreateDirectory(folder);
        File.Copy(_shim, Path.Combine(folder, "module.so"));
        return new TestModule(folder);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string? Library => Find("libsofthsm2.so");

    private static string? Find(string name)
    {
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string[] folders = ["/usr/lib/softhsm", "/usr/bin", Path.Combine(cache, "mtlsprobe", "debian", "softhsm2", "usr", "lib"), Path.Combine(cache, "mtlsprobe", "debian", "softhsm2", "usr", "bin")];
        return folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, name, SearchOption.AllDirectories)).FirstOrDefault();
    }

    private static void Util(string arguments, string configuration) => Run(Find("softhsm2-util")!, ["--module", Library!, .. arguments.Split(' ')], configuration);

    private static void Run(string program, string[] arguments, string? configuration)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        if (configuration is not null) start.Environment["SOFTHSM2_CONF"] = configuration;
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}{said.Result}");
    }
}

/// <summary>A module that is controlled by files, and reports to files.</summary>
internal sealed class TestModule(string folder)
{
    public string File { get; } = Path.Combine(folder, "module.so");

    /// <summary>The results of <c>C_Login</c>.</summary>
    public IReadOnlyList<string> Logins => Lines("logins");

    /// <summary>Whether a login or a signature is in the token, and does not return.</summary>
    public bool IsStuck => Lines("waits").Length > 0;

    public int OpenSessions => Lines("sessions").Count(line => line == "open") - Lines("sessions").Count(line => line == "close");

    public int SessionsOpened => Lines("sessions").Count(line => line == "open");

    public void Say(string word, string value = "") => System.IO.File.WriteAllText(Path.Combine(folder, word), value);

    public void Unsay(string word) => System.IO.File.Delete(Path.Combine(folder, word));

    private string[] Lines(string name) => Path.Exists(Path.Combine(folder, name)) ? System.IO.File.ReadAllLines(Path.Combine(folder, name)) : [];
}

/// <summary>A fact about tokens of SoftHSM.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SoftHsmFactAttribute : FactAttribute
{
    public SoftHsmFactAttribute() => Skip = SoftHsm.Missing;
}

/// <summary>A theory about tokens of SoftHSM.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SoftHsmTheoryAttribute : TheoryAttribute
{
    public SoftHsmTheoryAttribute() => Skip = SoftHsm.Missing;
}
