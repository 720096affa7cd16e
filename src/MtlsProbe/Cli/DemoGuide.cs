using System.Globalization;
using MtlsProbe.Demo;
using MtlsProbe.Terminal;
using MtlsProbe.Text;

namespace MtlsProbe.Cli;

/// <summary>The text that is printed when the demo has started: what runs where, what is wrong with it, and where to look.</summary>
/// <param name="url">The address of the prober, without a final slash.</param>
/// <param name="program">The command for this program in a shell.</param>
internal sealed class DemoGuide(DemoStage stage, string url, string program)
{
    public void Write(Pen pen)
    {
        pen.Line($"{stage.Targets.Count} targets on 127.0.0.1, each probed every {DemoFiles.Interval.TotalSeconds:0} s. Ctrl-C ends the demo.");
        Targets(pen).Write(pen);

        pen.Section($"A rotation: {DemoFiles.Rollout} gets a new certificate from a new authority on {DemoRollout.Servers[0]} to {DemoRollout.Servers[^1]}, without an outage");
        foreach (var step in DemoRotation.Steps)
        {
            if (step.Heading is { } heading) pen.Line(string.Create(CultureInfo.InvariantCulture, $"  at {step.At:m\\:ss}  {heading}"));
        }

        pen.Section("Look at");
        pen.Line($"  {url}/                 status page");
        pen.Line($"  {url}/#/forecast       what will break, and when");
        pen.Line($"  {url}/metrics          what Prometheus scrapes");
        pen.Line($"  {url}/api/v1/targets   last result of each target, JSON");

        var (healthy, address) = stage.Targets[0];
        var workload = stage.Targets.First(entry => entry.Target.ServerId is not null);
        var files = stage.Files;
        pen.Section("Try these in another terminal (preflight while the next credential is staged, between 0:15 and 1:15)");
        pen.Line($"  {program} probe refuses-unknown-ca --config.file {files.Configuration}");
        pen.Line($"  {program} preflight --identity {DemoFiles.Rollout} --config.file {files.Configuration}");
        pen.Line($"  {program} probe {address} --server-name {healthy.ServerName} --ca {files.Root} --cert {files.Certificate} --key {files.Key}");
        pen.Line($"  {program} probe {workload.Address} --spiffe {ShellWord.Of(files.WorkloadApi.ToString())} --server-id {workload.Target.ServerId}");

        pen.Section("Also try: what will fail within a month, and what would fail without the root");
        pen.Line($"  {program} forecast --config.file {files.Configuration} --within 30d");
        pen.Line($"  {program} forecast --config.file {files.Configuration} --without {files.Root}");

        pen.Line();
        pen.Line($"The configuration and the credentials, made for this run, are in {files.Directory} and are deleted when the demo ends.");
        pen.Line("The log follows: the steps of the rotation. With --log.level info, it also has a line for each change of a verdict or of a server's certificate.");
        pen.Line();
    }

    private Table Targets(Pen pen)
    {
        var table = new Table("TARGET", "PORT", "WHAT IT DOES", "VERDICT TO EXPECT");
        foreach (var (target, address) in stage.Targets)
        {
            table.Add(target.Name, address.Port.ToString(CultureInfo.InvariantCulture), target.Story,
                target.IsGood ? pen.Good(target.Promise) : pen.Bad(target.Promise));
        }

        return table;
    }
}
