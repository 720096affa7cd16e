using MtlsProbe.Certificates;
using MtlsProbe.Credentials;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Credentials;

public sealed class TrustLoaderTests : IDisposable
{
    private readonly TempFiles _files = new();
    private readonly TestCertificate _old = TestPki.Root("Old");
    private readonly TestCertificate _new = TestPki.Root("New");

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_bundle_gathers_the_certificates_of_all_its_files_once_each()
    {
        var source = new TrustSource("internal", [_files.Write("a.crt", TestPki.Pem(_old)), _files.Write("b.crt", TestPki.Pem(_new, _old))]);

        var bundle = Looks.At(source).Good!;

        Assert.Equal("internal", bundle.Name);
        Assert.Equal([_old.Certificate, _new.Certificate], bundle.Anchors);
    }

    [Fact]
    public void A_bundle_with_one_broken_file_is_broken()
    {
        var good = _files.Write("a.crt", TestPki.Pem(_old));

        Assert.Same(Reasons.NotFound, Looks.At(new TrustSource("internal", [good, _files.Path("gone.crt")])).Fault!.Reason);
        Assert.Same(Reasons.BadFormat, Looks.At(new TrustSource("internal", [good, _files.Write("b.crt", "words")])).Fault!.Reason);
        Assert.Same(Reasons.BadFormat, Looks.At(new TrustSource("internal", [good, _files.Directory])).Fault!.Reason);
    }

    [Fact]
    public void The_anchors_of_the_machine_are_where_the_environment_says()
    {
        var file = _files.Write("bundle.pem", TestPki.Pem(_old));
        _files.Write("hashed/12345678.0", TestPki.Pem(_new));
        _files.Write("hashed/README", "no certificate");

        Assert.Equal([_old.Certificate], System(("SSL_CERT_FILE", file)).Anchors);
        Assert.Equal([_new.Certificate], System(("SSL_CERT_DIR", "/nowhere:" + _files.Path("hashed"))).Anchors);
        Assert.Equal([_old.Certificate, _new.Certificate], System(("SSL_CERT_FILE", file), ("SSL_CERT_DIR", _files.Path("hashed"))).Anchors);
    }

    [Fact]
    public void A_machine_without_anchors_is_a_fault_that_says_where_they_were_searched()
    {
        var nowhere = Looks.At(SystemTrust.Locate(name => name == "SSL_CERT_FILE" ? "/nowhere.pem" : null));
        var none = Looks.At(new TrustSource(TrustSource.System, []));

        Assert.Same(Reasons.NotFound, nowhere.Fault!.Reason);
        Assert.Contains("/nowhere.pem", nowhere.Fault.Detail, StringComparison.Ordinal);
        Assert.Same(Reasons.NotFound, none.Fault!.Reason);
        Assert.Contains("ca-certificates", none.Fault.Detail, StringComparison.Ordinal);
    }

    private static TrustBundle System(params (string Name, string Value)[] environment) =>
        Looks.At(SystemTrust.Locate(name => environment.FirstOrDefault(variable => variable.Name == name).Value)).Good!;
}
