using MtlsProbe.Model;

namespace MtlsProbe.Tests.Model;

/// <summary>RFC 7512.</summary>
public sealed class TokenUriTests
{
    [Fact]
    public void Every_part_is_read_and_percent_signs_are_decoded()
    {
        var uri = Parsed("pkcs11:token=My%20Token;manufacturer=Maker;model=m1;serial=0a%2D1;slot-id=7;object=cl%C3%AFent;id=%01%ff;type=private?module-path=/usr/lib/x.so");

        Assert.Equal(("My Token", "Maker", "m1", "0a-1", 7UL), (uri.Token, uri.Manufacturer, uri.Model, uri.Serial, uri.SlotId));
        Assert.Equal(("clïent", "01ff", "/usr/lib/x.so"), (uri.Object, Convert.ToHexStringLower([.. uri.Id]), uri.ModulePath));
        Assert.Equal("opensc-pkcs11", Parsed("pkcs11:?module-name=opensc-pkcs11").ModuleName);
        Assert.Equal(("any token", "a private key"), (Parsed("pkcs11:").TokenWords, Parsed("pkcs11:").KeyWords));
    }

    [Theory]
    [InlineData("pkcs11:token=a?pin-value=1234", "contains pin-value, which is not supported")]
    [InlineData("pkcs11:token=a;pin-value=1234", "contains pin-value, which is not supported")]
    [InlineData("pkcs11:token=a?pin-source=file:/x", "contains pin-source, which is not supported")]
    [InlineData("pkcs11:token", "is not a PKCS#11 URI: each part is NAME=VALUE")]
    [InlineData("pkcs11:token=a;token=b", "has token twice")]
    [InlineData("pkcs11:token=%4", "has a value of token that is not percent-encoded correctly")]
    [InlineData("pkcs11:token=a b", "has a value of token that is not percent-encoded correctly")]
    [InlineData("pkcs11:token=%00", "has a value of token that is empty, is not UTF-8 or contains a control character")]
    [InlineData("pkcs11:token=%ff", "has a value of token that is empty, is not UTF-8 or contains a control character")]
    [InlineData("pkcs11:type=cert", "has type cert")]
    [InlineData("pkcs11:token=a?module-path=x.so", "has a module-path that does not begin with /")]
    [InlineData("pkcs11:token=a?module-name=a/b", "has a module-name that is a path")]
    [InlineData("pkcs11:slot-id=x", "has an unsupported attribute or value: slot-id")]
    [InlineData("pkcs11:module-path=/x", "has an unsupported attribute or value: module-path")]
    public void A_fault_is_reported_and_a_PIN_is_not(string text, string problem)
    {
        var (uri, said, hint) = TokenUri.Parse(text);

        Assert.Equal((null, problem), (uri, said));
        Assert.DoesNotContain("1234", said + hint);
    }

    [Fact]
    public void A_very_long_one_is_refused() => Assert.Equal("is longer than 1024 characters", TokenUri.Parse("pkcs11:" + new string(';', 2000)).Problem);

    private static TokenUri Parsed(string text)
    {
        var (uri, problem, _) = TokenUri.Parse(text);
        Assert.Null(problem);
        return uri!;
    }
}
