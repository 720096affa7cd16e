using System.Reflection;
using System.Text.RegularExpressions;
using MtlsProbe.Config;
using MtlsProbe.Handshake;
using MtlsProbe.Metrics;
using MtlsProbe.Model;

namespace MtlsProbe.Tests.Metrics;

public sealed partial class CatalogTest
{
    public static TheoryData<string> Formats => [nameof(ExpositionFormat.Text), nameof(ExpositionFormat.OpenMetrics)];

    [Fact]
    public void The_list_of_all_families_holds_every_declaration_once()
    {
        var declared = typeof(Catalog).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<MetricFamily>();

        Assert.Equal(declared.Select(family => family.Name), Catalog.All.Select(family => family.Name));
        Assert.Equal(Catalog.All.Count, Catalog.All.DistinctBy(family => family.BaseName).Count());
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Every_family_is_rendered_with_the_type_and_the_labels_it_declares(string format)
    {
        var read = await ReadExposition.OfAsync(Samples.Everything(), Samples.OwnMetrics().Registry, Enum.Parse<ExpositionFormat>(format));

        foreach (var family in Catalog.All)
        {
            var name = format == nameof(ExpositionFormat.Text) ? family.Name : family.BaseName;
            Assert.True(read.Types.TryGetValue(name, out var type), $"{name} is not rendered");
            Assert.Equal(family.Type.Label(), type);
            var sampled = family.Type == MetricType.Histogram ? family.Name + "_count" : family.Name;
            Assert.NotEmpty(read.Of(sampled));
            Assert.All(read.Of(sampled), sample => Assert.Equal(family.Labels.Order(), sample.Labels.Keys.Except(["env", "team"]).Order()));
        }

        Assert.Equal(Catalog.All.Count, read.Types.Count);
    }

    [Fact]
    public void The_documentation_describes_every_family_and_no_other()
    {
        var documented = Heading().Matches(Documentation()).Select(match => match.Groups["name"].Value).ToList();

        Assert.Equal(Catalog.All.Select(family => family.Name).Order(), documented.Order());
    }

    [Fact]
    public void The_documentation_gives_the_type_and_the_labels_of_every_family()
    {
        var documentation = Documentation();
        foreach (var family in Catalog.All)
        {
            var line = documentation.Split('\n').SkipWhile(line => line != $"### {family.Name}").Skip(2).First();
            var type = family.Type.Label();
            Assert.StartsWith(char.ToUpperInvariant(type[0]) + type[1..], line, StringComparison.Ordinal);
            var labels = Quoted().Matches(line.Split(". ")[0]).Select(match => match.Groups["name"].Value);
            Assert.Equal(family.Labels.AsEnumerable(), labels);
        }
    }

    [Fact]
    public void The_documentation_asks_at_least_one_query_of_every_family()
    {
        var sections = Documentation().Split("\n### ")[1..].ToDictionary(section => section.Split('\n')[0]);
        Assert.All(Catalog.All, family => Assert.Contains("```promql\n", sections[family.Name], StringComparison.Ordinal));
    }

    [Fact]
    public void The_documentation_names_no_metric_that_does_not_exist()
    {
        var names = Catalog.All.Select(family => family.Name).ToHashSet();
        foreach (var word in MetricName().Matches(Documentation()).Select(match => match.Value))
            Assert.Contains(Suffix().Replace(word, ""), names.Concat(names.Select(name => Suffix().Replace(name, ""))));
    }

    [Fact]
    public void The_configuration_refuses_every_label_that_the_series_of_a_target_have()
    {
        foreach (var label in Catalog.TargetLabelNames.Append("le"))
        {
            var read = ConfigurationFile.Parse($"targets:\n- {{ name: a, address: \"a:1\", labels: {{ {label}: x }} }}\n", "test.yml", BuiltInProtocols.All);

            Assert.Contains(read.Errors, error => error.Where == $"targets.a.labels.{label}");
        }
    }

    private static string Documentation() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"));

    [GeneratedRegex(@"^### (?<name>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("`(?<name>[a-z0-9_]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\b(mtlsprobe|process|dotnet)_[a-z_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
