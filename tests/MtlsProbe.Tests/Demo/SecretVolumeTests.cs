using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Demo;
using MtlsProbe.Model;
using MtlsProbe.Tests.Credentials;

namespace MtlsProbe.Tests.Demo;

/// <summary>The directory that represents a mounted secret.</summary>
public sealed class SecretVolumeTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mtlsprobe-test-");
    private readonly DemoPki _pki = new(TimeProvider.System);

    private string Secret => Path.Combine(_directory.FullName, "secret");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_pair_appears_is_replaced_and_goes_away()
    {
        var volume = new SecretVolume(Secret);
        var (one, two) = (_pki.Clients.IssueClient("one", _pki.Valid), _pki.Clients.IssueClient("two", _pki.Valid));

        volume.Write(one);
        Assert.Equal("CN=one, O=MtlsProbe demo", Load()?.Subject);
        Assert.Equal("..data/tls.crt", new FileInfo(Path.Combine(Secret, "tls.crt")).LinkTarget);
        volume.Write(two);
        Assert.Equal("CN=two, O=MtlsProbe demo", Load()?.Subject);
        volume.Remove();
        Assert.Empty(_directory.GetFileSystemInfos());
        volume.Write(one);
        Assert.Equal("CN=one, O=MtlsProbe demo", Load()?.Subject);
    }

    [Fact]
    public async Task While_it_is_replaced_again_and_again_there_is_always_a_certificate_and_a_key()
    {
        var volume = new SecretVolume(Secret);
        var leaves = new[] { _pki.Clients.IssueClient("one", _pki.Valid), _pki.Clients.IssueClient("two", _pki.Valid) };
        volume.Write(leaves[0]);

        var writing = Task.Run(() =>
        {
            for (var i = 0; i < 500; i++) volume.Write(leaves[i % 2]);
        });
        while (!writing.IsCompleted)
        {
            using var files = MaterialFiles.Read(new SecretDirectory(Secret).Places);
            Assert.Empty(files.Faults);
        }

        await writing;
    }

    private Certificate? Load() => Looks.At(new SecretDirectory(Secret)).Good?.Leaf;
}
