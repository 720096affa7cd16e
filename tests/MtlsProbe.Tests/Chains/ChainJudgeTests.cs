using MtlsProbe.Chains;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Chains;

public class ChainJudgeTests
{
    private readonly ChainJudge _judge = new();

    [Fact]
    public void A_complete_chain_is_valid()
    {
        var root = TestPki.Root("Root");
        var intermediate = root.Intermediate("Intermediate");
        var leaf = intermediate.Leaf("a.test");
        var verdict = _judge.Judge([leaf.Certificate, intermediate.Certificate], TestPki.Trust(root), "a.test", TestPki.Now, default);
        Assert.True(verdict.Valid);
        Assert.Equal([leaf.Certificate, intermediate.Certificate, root.Certificate], verdict.Path);
    }

    [Fact]
    public void A_missing_intermediate_is_an_incomplete_chain()
    {
        var root = TestPki.Root("Root");
        var leaf = root.Intermediate("Intermediate").Leaf("a.test");
        var verdict = _judge.Judge([leaf.Certificate], TestPki.Trust(root), "a.test", TestPki.Now, default);
        Assert.Equal([Reasons.IncompleteChain], verdict.Errors);
    }
}
