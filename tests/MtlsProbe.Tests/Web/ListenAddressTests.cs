using MtlsProbe.Web;

namespace MtlsProbe.Tests.Web;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData(":10219", null, 10219)]
    [InlineData("127.0.0.1:0", "127.0.0.1", 0)]
    [InlineData("0.0.0.0:9000", "0.0.0.0", 9000)]
    [InlineData("[::]:9000", "::", 9000)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("localhost:80", "127.0.0.1", 80)]
    public void An_address_is_read_as_exporter_toolkit_writes_it(string text, string? address, int port)
    {
        var read = ListenAddress.TryParse(text);

        Assert.Equal((address, port), (read?.Address?.ToString(), read?.Port ?? -1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10219")]
    [InlineData(":")]
    [InlineData(":65536")]
    [InlineData(":-1")]
    [InlineData(": 80")]
    [InlineData("::1:80")]
    [InlineData("example.com:80")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public void An_invalid_address_is_refused(string text) => Assert.Null(ListenAddress.TryParse(text));
}
