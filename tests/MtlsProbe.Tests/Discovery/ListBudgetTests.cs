using MtlsProbe.Discovery;

namespace MtlsProbe.Tests.Discovery;

public sealed class ListBudgetTests
{
    [Fact]
    public void All_files_of_a_source_together_are_limited_in_size()
    {
        const int Half = ListBudget.MaxSize / 2;
        var budget = new ListBudget();

        Assert.True(budget.TryReplace(0, Half));
        Assert.True(budget.TryReplace(0, Half));
        Assert.False(budget.TryReplace(0, 1));
        Assert.False(budget.TryReplace(Half, Half + 1));
        Assert.True(budget.TryReplace(Half, Half - 1));
        Assert.True(budget.TryReplace(0, 1));
        Assert.True(budget.TryReplace(Half, 0));
        Assert.True(budget.TryReplace(0, Half));
    }
}
