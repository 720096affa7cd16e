using System.Diagnostics;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;
using MtlsProbe.Tests.Credentials.Spiffe;

namespace MtlsProbe.Tests.Model;

/// <summary>The commands that export SVIDs and bundles from an agent, in a shell, with a program that writes files as SPIRE's does.</summary>
public sealed class SpiffeByHandTests : IDisposable
{
    private const string Other = "spiffe://prod.example/checkout/other";

    private static readonly SpiffeEndpoint s_endpoint = SpiffeEndpoint.TryParse("unix:///run/spire's/agent.sock", out _)!;

    private readonly TempFiles _files = new();
    private readonly TestCertificate _other = WorkloadApi.Leaf(SpiffeRig.Authority, Other);
    private readonly TestCertificate _checkout = WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id);
    private readonly TestCertificate _partner = WorkloadApi.Authority("partner.example");

    public SpiffeByHandTests()
    {
        Pair("0", _other);
        Pair("1", _checkout);
        _files.Write("made/bundle.0.pem", SpiffeRig.Authority.CertificatePem);
        _files.Write("made/federated_bundle.0.0.pem", _partner.CertificatePem);
        _files.Write("bin/spire-agent", $"#!/bin/sh\necho \"$@\" >> {_files.Path("said")}\ncp {_files.Path("made")}/* .\n");
        _files.Mode("bin/spire-agent", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _files.Write("here/empty", "");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_first_SVID_and_its_bundle_have_the_number_0()
    {
        Assert.Equal(_other.CertificatePem, Run(new SpiffeSvid(s_endpoint).ByHand!.Command, "svid.0.pem"));
        Assert.Equal(SpiffeRig.Authority.CertificatePem, Run(new SpiffeBundle(s_endpoint, null).ByHand!.Command, "bundle.0.pem"));
        Assert.StartsWith("api fetch x509 -silent -socketPath /run/spire's/agent.sock -write .\n", File.ReadAllText(_files.Path("said")));
    }

    [Fact]
    public void Others_are_found_by_their_properties()
    {
        var svid = new SpiffeSvid(s_endpoint) { Id = SpiffeRig.Id }.ByHand!;

        Assert.Equal(_checkout.CertificatePem, Run(svid.Command, svid.Files.Certificate));
        Assert.Equal(_checkout.KeyPem, File.ReadAllText(_files.Path("here/" + svid.Files.Key)));
        Assert.Equal(_partner.CertificatePem, Run(new SpiffeBundle(s_endpoint, "partner.example").ByHand!.Command, "anchors.pem"));
        Assert.Equal(SpiffeRig.Authority.CertificatePem, Run(new SpiffeBundle(null, "prod.example").ByHand!.Command, "anchors.pem"));
        Assert.EndsWith("-socketPath /run/named.sock -write .\n", File.ReadAllText(_files.Path("said")));
    }

    [Fact]
    public void Functions_that_the_program_of_the_agent_lacks_are_not_claimed()
    {
        Assert.Null(new SpiffeSvid(s_endpoint) { Hint = "external" }.ByHand);
        Assert.Null(new SpiffeSvid(SpiffeEndpoint.TryParse("tcp://127.0.0.1:8081", out _)).ByHand);
    }

    private void Pair(string number, TestCertificate certificate)
    {
        _files.Write($"made/svid.{number}.pem", certificate.CertificatePem);
        _files.Write($"made/svid.{number}.key", certificate.KeyPem);
    }

    /// <summary>The content of a file that a command has written.</summary>
    private string Run(string command, string file)
    {
        var start = new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = _files.Path("here"), RedirectStandardError = true };
        start.Environment["PATH"] = $"{_files.Path("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment[SpiffeEndpoint.Variable] = "unix:///run/named.sock";
        using var shell = Process.Start(start)!;
        var said = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal("", said);
        return File.ReadAllText(_files.Path("here/" + file));
    }
}
