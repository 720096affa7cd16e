using Google.Protobuf;
using Microsoft.Extensions.Logging;
using MtlsProbe.Credentials;
using MtlsProbe.Model;
using MtlsProbe.Tests.Spiffe;

namespace MtlsProbe.Tests.Credentials.Spiffe;

/// <summary>Credentials and trust bundles from a Workload API that is a real gRPC server.</summary>
public sealed class WorkloadApiTests
{
    private const string Other = "spiffe://prod.example/batch";

    [Fact]
    public async Task The_first_SVID_and_the_bundle_of_its_trust_domain_are_used_with_the_configuration()
    {
        var intermediate = SpiffeRig.Authority.Intermediate("Intermediate");
        var leaf = WorkloadApi.Leaf(intermediate, SpiffeRig.Id);
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(
            WorkloadApi.Svid(SpiffeRig.Id, [leaf, intermediate], SpiffeRig.Authority), Svid(Other)));
        await using var rig = new SpiffeRig();

        await rig.Follow(new SpiffeSvid(api.Endpoint), new SpiffeBundle(api.Endpoint, null));

        Assert.Equal((null, null), (rig.Current.Fault, rig.Trust.Fault));
        Assert.Equal([leaf.Certificate, intermediate.Certificate], rig.Current.Credential!.Chain);
        Assert.Equal([SpiffeRig.Authority.Certificate], rig.Trust.Bundle!.Anchors);
        Assert.Equal((1, 0), (api.Calls, api.WithoutMetadata)); // one stream for both
        var state = Assert.Single(rig.Store.Sources());
        Assert.Equal(($"spiffe:{api.Endpoint}", true, null), (state.Label, state.Connected, state.Fault));
        Assert.NotNull(state.LastUpdate);
    }

    [Fact]
    public async Task One_of_several_is_chosen_by_its_ID_or_its_hint()
    {
        var (first, second) = (WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id), WorkloadApi.Leaf(SpiffeRig.Authority, Other));
        var hinted = WorkloadApi.Svid(Other, [second], SpiffeRig.Authority);
        hinted.Hint = "external";
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(WorkloadApi.Svid(SpiffeRig.Id, [first], SpiffeRig.Authority), hinted));

        Assert.Equal(first.Certificate, (await Chosen(new SpiffeSvid(api.Endpoint))).Credential!.Leaf);
        Assert.Equal(second.Certificate, (await Chosen(new SpiffeSvid(api.Endpoint) { Id = Other })).Credential!.Leaf);
        Assert.Equal(second.Certificate, (await Chosen(new SpiffeSvid(api.Endpoint) { Hint = "external" })).Credential!.Leaf);
        var absent = await Chosen(new SpiffeSvid(api.Endpoint) { Id = "spiffe://prod.example/nobody" });
        Assert.Equal(
            (null, Reasons.NotIssued, $"{api.Endpoint} issues no SVID with the ID spiffe://prod.example/nobody to this process; it issues {SpiffeRig.Id}, {Other}"),
            (absent.Credential, absent.Fault!.Reason, absent.Fault.Detail));
        Assert.Contains("with the hint internal to this process; it issues external", (await Chosen(new SpiffeSvid(api.Endpoint) { Hint = "internal" })).Fault!.Detail, StringComparison.Ordinal);

        static async Task<LoadedCredential> Chosen(SpiffeSvid source)
        {
            await using var rig = new SpiffeRig();
            await rig.Follow(source);
            return rig.Current;
        }
    }

    [Fact]
    public async Task The_environment_names_the_socket_if_the_configuration_does_not()
    {
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(Svid(SpiffeRig.Id)));
        await using var named = new SpiffeRig(workloadApi: api.Endpoint.ToString());
        await using var misnamed = new SpiffeRig(workloadApi: "/run/spire/agent.sock");
        await using var unnamed = new SpiffeRig();

        foreach (var rig in new[] { named, misnamed, unnamed }) await rig.Follow(new SpiffeSvid(null), new SpiffeBundle(null, "prod.example"));

        Assert.Null(named.Current.Fault);
        Assert.Equal("SPIFFE_ENDPOINT_SOCKET is not the address of a Workload API: it begins with neither unix:// nor tcp:// (unix:///run/spire/agent.sock, or tcp://127.0.0.1:8081)", misnamed.Current.Fault!.Detail);
        Assert.Equal("SPIFFE_ENDPOINT_SOCKET is not set, and the configuration has no socket", unnamed.Trust.Fault!.Detail);
    }

    [Fact]
    public async Task A_client_that_wants_only_bundles_requests_nothing_else_and_gets_its_own_and_the_federated_ones()
    {
        var partner = TestPki.Root("partner.example");
        var answer = WorkloadApi.Of(Svid(SpiffeRig.Id));
        answer.FederatedBundles["spiffe://partner.example"] = WorkloadApi.Der([partner]);
        answer.Crl.Add(ByteString.CopyFromUtf8("a list"));
        await using var api = await WorkloadApi.StartAsync(answer);
        await using var own = new SpiffeRig();
        await using var federated = new SpiffeRig();

        await own.Follow(null, new SpiffeBundle(api.Endpoint, "prod.example"));
        await federated.Follow(null, new SpiffeBundle(api.Endpoint, "partner.example"));

        Assert.Equal([SpiffeRig.Authority.Certificate], own.Trust.Bundle!.Anchors);
        Assert.Equal([partner.Certificate], federated.Trust.Bundle!.Anchors);
        Assert.Equal((LogLevel.Warning, $"Trust bundle mesh: {api.Endpoint} also sends 1 revocation list, which is ignored: configure lists under revocation of the trust bundle"), Deconstructed(Assert.Single(own.Log.Take())));

        // A client that wants an identity comes later, to the same API.
        await own.Follow(new SpiffeSvid(api.Endpoint), new SpiffeBundle(api.Endpoint, "prod.example"));
        Assert.Equal(SpiffeRig.Id, Assert.Single(own.Current.Credential!.Leaf.Uris));
    }

    [Fact]
    public async Task A_bundle_or_an_SVID_that_an_answer_no_longer_names_is_no_longer_used()
    {
        var partner = TestPki.Root("partner.example");
        var answer = WorkloadApi.Of(Svid(SpiffeRig.Id), Svid(Other));
        answer.FederatedBundles["spiffe://partner.example"] = WorkloadApi.Der([partner]);
        await using var api = await WorkloadApi.StartAsync(answer);
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(api.Endpoint) { Id = Other }, new SpiffeBundle(api.Endpoint, "partner.example"));
        Assert.Equal((null, null), (rig.Current.Fault, rig.Trust.Fault));

        api.Answer(WorkloadApi.Of(answer.Svids[0]));
        await rig.Until(() => rig is { Trust.Fault: not null, Current.Fault: not null });

        Assert.Equal((null, $"{api.Endpoint} has no bundle of the trust domain partner.example; it has those of prod.example"), (rig.Trust.Bundle, rig.Trust.Fault!.Detail));
        Assert.Equal((null, Reasons.NotIssued), (rig.Current.Credential, rig.Current.Fault!.Reason));

        api.Answer(answer);
        await rig.Until(() => rig is { Trust: { Fault: null, Bundle: not null }, Current: { Fault: null, Credential: not null } });
    }

    [Fact]
    public async Task A_denied_client_learns_why_and_is_served_when_an_identity_is_granted()
    {
        await using var api = await WorkloadApi.StartAsync();
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(api.Endpoint));

        Assert.Equal(
            (null, Reasons.NotIssued, $"{api.Endpoint} issues no identity to this process (PERMISSION_DENIED: no identity issued)"),
            (rig.Current.Credential, rig.Current.Fault!.Reason, rig.Current.Fault.Detail));
        Assert.Contains("an entry whose selectors match it", rig.Current.Fault.Reason.Hint, StringComparison.Ordinal);

        api.Answer(WorkloadApi.Of(Svid(SpiffeRig.Id)));
        await rig.Until(() => rig.Current.Fault is null);
        var granted = rig.Current.Credential!.Leaf;

        // An agent that has restarted denies everything until it has reached its server: the last good version stays in use.
        api.Answer(null);
        await rig.Until(() => rig.Current.Fault is not null);
        Assert.Equal(granted, rig.Current.Credential!.Leaf);
    }

    [Fact]
    public async Task A_good_answer_stays_in_use_while_the_agent_is_away_and_recovers_when_it_is_back()
    {
        var leaf = WorkloadApi.Leaf(SpiffeRig.Authority, SpiffeRig.Id);
        var answer = WorkloadApi.Of(WorkloadApi.Svid(SpiffeRig.Id, [leaf], SpiffeRig.Authority));
        await using var api = await WorkloadApi.StartAsync(answer);
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(api.Endpoint), new SpiffeBundle(api.Endpoint, null));
        var (credential, bundle) = (rig.Current.Credential, rig.Trust.Bundle);
        var connected = Assert.Single(rig.Store.Sources()).LastUpdate;

        await api.KillAsync();
        await rig.Until(() => rig is { Current.Fault: not null, Trust.Fault: not null });

        Assert.Same(credential, rig.Current.Credential);
        Assert.Same(bundle, rig.Trust.Bundle);
        Assert.Equal($"{api.Endpoint}: there is no such socket", rig.Current.Fault!.Detail);
        var away = Assert.Single(rig.Store.Sources());
        Assert.Equal((false, rig.Current.Fault.Detail), (away.Connected, away.Fault));
        Assert.True(away.LastUpdate > connected); // until the stream ended, everything was known

        await api.StartAsync();
        await rig.Until(() => rig is { Current.Fault: null, Trust.Fault: null });
        Assert.Same(credential, rig.Current.Credential); // the same once more
        Assert.True(Assert.Single(rig.Store.Sources()).Connected);
    }

    [Fact]
    public async Task A_next_that_is_not_issued_is_not_staged_and_appears_when_it_is()
    {
        const string next = "spiffe://prod.example/checkout-next";
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(Svid(SpiffeRig.Id)));
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(api.Endpoint), next: new SpiffeSvid(api.Endpoint) { Id = next });
        Assert.False(rig.Store.NextIsStaged("mesh"));

        api.Answer(WorkloadApi.Of(Svid(SpiffeRig.Id), Svid(next)));
        await rig.Until(() => rig.Store.NextIsStaged("mesh"));

        Assert.Equal([next], rig.Store.Credential("mesh", Slot.Next).Credential!.Leaf.Uris);
    }

    [Fact]
    public async Task Requests_end_when_nobody_needs_the_answer()
    {
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(Svid(SpiffeRig.Id)));
        await using var rig = new SpiffeRig();
        await rig.Follow(new SpiffeSvid(api.Endpoint));
        await api.Listening(1);

        await rig.Follow(null);

        await api.Listening(0);
        Assert.Empty(rig.Store.Sources());
    }

    [Fact]
    public async Task A_one_time_reading_waits_for_the_first_answer()
    {
        await using var api = await WorkloadApi.StartAsync(WorkloadApi.Of(Svid(SpiffeRig.Id)));
        var sources = MaterialSources.Configured(TimeProvider.System);
        using var svid = sources.Credential(new SpiffeSvid(api.Endpoint), null);
        using var next = sources.Credential(new SpiffeSvid(api.Endpoint) { Id = Other }, new SpiffeSvid(api.Endpoint));
        using var bundle = sources.Trust(new TrustSource("mesh", []) { Origin = new SpiffeBundle(api.Endpoint, "partner.example") });

        Assert.Equal([SpiffeRig.Id], (await svid.LookAsync(default)).Found.Good!.Leaf.Uris);
        Assert.Equal(new Material<Credential>(null, null), (await next.LookAsync(default)).Found);
        Assert.Equal(Reasons.NotIssued, Assert.Single((await bundle.LookAsync(default)).Faults).Reason);
    }

    private static X509SVID Svid(string id) => WorkloadApi.Svid(id, [WorkloadApi.Leaf(SpiffeRig.Authority, id)], SpiffeRig.Authority);

    private static (LogLevel, string) Deconstructed(LogLine line) => (line.Level, line.Text);
}
