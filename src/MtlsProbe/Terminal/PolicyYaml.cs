using MtlsProbe.Model;
using MtlsProbe.Rotation;
using MtlsProbe.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MtlsProbe.Terminal;

/// <summary>The access matrix as a file for other programs, with the evidence for each line; docs/matrix.md describes it.</summary>
internal static class PolicyYaml
{
    /// <summary>The version of the format; it changes if readers have to know.</summary>
    private const string Version = "1";

    /// <param name="configuration">The name of the configuration file with the expectations.</param>
    public static void Write(AccessReport report, string configuration, TextWriter output)
    {
        output.Write("# Who may call whom: as configured, and as found by probes. Written by mtlsprobe matrix --output policy.\n");
        output.Write("# A line without evidence shows only what the configuration says.\n");
        var yaml = new Emitter(output);
        yaml.Emit(new StreamStart());
        yaml.Emit(new DocumentStart(null, null, isImplicit: true));
        Mapping(yaml, () =>
        {
            Plain(yaml, "version", Version);
            Field(yaml, "at", Times.Iso(report.At));
            Field(yaml, "configuration", Shown.Name(configuration));
            Plain(yaml, "holds", report.Holds ? "true" : "false");
            Key(yaml, "identities");
            Mapping(yaml, () =>
            {
                foreach (var identity in report.Identities.Where(identity => identity.Name != Identity.None)) OfIdentity(yaml, identity);
            });
            Key(yaml, "targets");
            Mapping(yaml, () =>
            {
                foreach (var target in report.Targets) OfTarget(yaml, target);
            });
        });
        yaml.Emit(new DocumentEnd(isImplicit: true));
        yaml.Emit(new StreamEnd());
    }

    private static void OfIdentity(Emitter yaml, AccessIdentity identity)
    {
        Key(yaml, identity.Name);
        Mapping(yaml, () =>
        {
            Optional(yaml, "subject", identity.Subject);
            Optional(yaml, "spiffe_id", identity.SpiffeId);
            Optional(yaml, "issuer", identity.Issuer);
            Optional(yaml, "serial", identity.Serial);
            Optional(yaml, "sha256", identity.Sha256);
            Optional(yaml, "not_after", identity.NotAfter is { } end ? Times.Iso(end) : null);
        });
    }

    private static void OfTarget(Emitter yaml, AccessTarget target)
    {
        Key(yaml, target.Target);
        Mapping(yaml, () =>
        {
            Field(yaml, "address", target.Address);
            Field(yaml, "server_name", target.ServerName);
            Field(yaml, "others", target.RefusesOthers ? "denied" : "not said");
            Pairs(yaml, "allowed", target.Pairs.Where(pair => pair.Expected == Expectation.Accept));
            Pairs(yaml, "denied", target.Pairs.Where(pair => pair.Expected == Expectation.Reject));
            var rest = target.Pairs.Where(pair => pair.Expected is null).ToList();
            if (rest.Count > 0) Pairs(yaml, "not_said", rest);
        });
    }

    private static void Pairs(Emitter yaml, string key, IEnumerable<AccessPair> pairs)
    {
        Key(yaml, key);
        Mapping(yaml, () =>
        {
            foreach (var pair in pairs)
            {
                Key(yaml, pair.Identity);
                Mapping(yaml, () => OfPair(yaml, pair));
            }
        });
    }

    private static void OfPair(Emitter yaml, AccessPair pair)
    {
        if (pair.By is { } by) Field(yaml, "by", by.Label());
        Field(yaml, "found", (pair.Found ?? Access.Unknown).Label());
        if (pair.Expected is not null && pair.State != AccessState.AsExpected) Field(yaml, "difference", pair.State.Label());
        Key(yaml, "evidence");
        yaml.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var sight in pair.Addresses)
        {
            Mapping(yaml, () =>
            {
                Field(yaml, "address", sight.Address);
                Field(yaml, "found", (sight.Found ?? Access.Unknown).Label());
                Optional(yaml, "by", sight.Evidence?.Label());
                Optional(yaml, "reason", sight.Reason);
                if (sight is { Found: Access.Accepted, Requested: false }) Field(yaml, "note", "the server asked for no certificate");
                Optional(yaml, "at", sight.At is { } at ? Times.Iso(at) : null);
            });
        }

        yaml.Emit(new SequenceEnd());
    }

    private static void Mapping(Emitter yaml, Action inside)
    {
        yaml.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        inside();
        yaml.Emit(new MappingEnd());
    }

    private static void Optional(Emitter yaml, string key, string? value)
    {
        if (value is not null) Field(yaml, key, value);
    }

    /// <summary>A text in quotes: text from a certificate is never read as a number, a date or a tag.</summary>
    private static void Field(Emitter yaml, string key, string value)
    {
        Key(yaml, key);
        yaml.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value, ScalarStyle.DoubleQuoted, isPlainImplicit: false, isQuotedImplicit: true));
    }

    private static void Plain(Emitter yaml, string key, string value)
    {
        Key(yaml, key);
        yaml.Emit(new Scalar(value));
    }

    /// <summary>Names in the configuration can look like numbers or like <c>no</c>.</summary>
    private static void Key(Emitter yaml, string key)
    {
        var isPlain = char.IsAsciiLetterLower(key[0]) && key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-')
            && key is not ("no" or "yes" or "on" or "off" or "true" or "false" or "null" or "y" or "n");
        yaml.Emit(new Scalar(
            AnchorName.Empty, TagName.Empty, key, isPlain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted, isPlainImplicit: true, isQuotedImplicit: true, Mark.Empty, Mark.Empty, isKey: true));
    }
}
