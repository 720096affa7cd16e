using System.Text.Json;
using MtlsProbe.Model;
using MtlsProbe.Tests.Terminal;

namespace MtlsProbe.Tests.Model;

/// <summary>The result record is a contract with scripts.</summary>
public class ProbeResultJsonTest
{
    [Fact]
    public void A_result_is_written_with_the_names_and_in_the_order_of_the_contract()
    {
        var result = Sample.Accepted with
        {
            Outcome = Outcome.Rejected,
            Success = false,
            Failure = new Failure(Phase.Confirm, Reasons.CertificateExpired, new Alert(45), "the particulars"),
            Evidence = Evidence.Alert,
            Control = new ControlFacts(new Reaction(ReactionKind.Alert, new Alert(48)), new Reaction(ReactionKind.Closed), null),
            ServerCertificates = [Sample.Leaf],
            ClientCertificate = Sample.Accepted.ClientCertificate! with { Presented = null, AcceptableIssuers = [], IssuerAcceptable = null },
        };

        IReadOnlyList<ProbeResult> results = [result];
        var json = JsonSerializer.Serialize(results, ProbeResultJson.Pretty.IReadOnlyListProbeResult);

        Assert.Equal(
            """
            [
              {
                "target": "payments",
                "address": "payments.internal:8443",
                "remote": "10.0.0.7:8443",
                "way": null,
                "identity": "checkout",
                "slot": "current",
                "expect": "accept",
                "at": "2026-11-20T17:59:59.000Z",
                "outcome": "rejected",
                "success": false,
                "failure": {
                  "phase": "confirm",
                  "class": "client_certificate",
                  "reason": "certificate_expired",
                  "alert": {
                    "code": 45,
                    "name": "certificate_expired"
                  },
                  "detail": "the particulars",
                  "hint": "Renew the client certificate. If it is still valid here, compare the server's clock, and the intermediates' expiry."
                },
                "evidence": "alert",
                "confirmed": null,
                "control": {
                  "stranger": "alert unknown_ca",
                  "none": "closed",
                  "alpn": null
                },
                "tls": {
                  "version": "1.3",
                  "cipher": "TLS_AES_256_GCM_SHA384",
                  "alpn": "http/1.1"
                },
                "client_certificate": {
                  "requested": true,
                  "presented": null,
                  "acceptable_issuers": [],
                  "issuers_left_out": 0,
                  "issuer_acceptable": null
                },
                "server_certificates": [
                  {
                    "subject": "CN=payments.internal",
                    "issuer": "CN=Issuing CA 1, O=Acme",
                    "serial": "4e1f00d2",
                    "not_before": "2026-08-22T18:00:00.000Z",
                    "not_after": "2026-12-31T18:00:00.000Z",
                    "sha256": "96f59092bc72aa9171a9dfc8a7a882e7825f7ff44c43ee31f5c1df284507a0f3",
                    "dns_names": [
                      "payments.internal",
                      "payments"
                    ],
                    "ip_addresses": [
                      "10.0.0.7"
                    ],
                    "uris": [],
                    "names_left_out": 0,
                    "key": "EC P-256"
                  }
                ],
                "chain": {
                  "valid": true,
                  "errors": [],
                  "details": [],
                  "spiffe_id": null,
                  "spiffe_id_expected": null,
                  "notes": [],
                  "note_names": [],
                  "ocsp": null,
                  "staple": null,
                  "revocation": []
                },
                "expected": {
                  "server_certificate": null,
                  "issuer": null
                },
                "leaves": null,
                "server_clock": null,
                "timings": {
                  "dns": 0.0012,
                  "connect": 0.0008,
                  "proxy": null,
                  "starttls": null,
                  "handshake": 0.0042,
                  "confirm": null,
                  "application": 0.0123,
                  "total": 0.0185
                }
              }
            ]
            """,
            json);
        Assert.True(JsonElement.DeepEquals(
            JsonDocument.Parse(json).RootElement[0], JsonDocument.Parse(JsonSerializer.Serialize(result, ProbeResultJson.Default.ProbeResult)).RootElement));
    }

    [Fact]
    public void The_expectation_and_the_leaves_presented_so_far_are_written_if_they_are_known()
    {
        var before = Sample.Named("CN=payments.internal", "CN=Issuing CA 1, O=Acme", "01dd", days: 1);
        var leaves = new[] { before, Sample.Leaf, before, Sample.Leaf }.Aggregate(LeafHistory.Empty, (history, leaf) => history.With(leaf, Sample.Now));
        var result = Sample.Accepted with { Expected = new ExpectedCertificateFacts(false, true), Leaves = leaves };

        using var record = JsonDocument.Parse(JsonSerializer.Serialize(result, ProbeResultJson.Default.ProbeResult));

        Reads("""{ "server_certificate": false, "issuer": true }""", "expected");
        Reads(
            $$"""
            {
              "changes": 1,
              "last_change": "2026-11-20T18:00:00.000Z",
              "previous_serial": "01dd",
              "recent": [
                { "serial": "4e1f00d2", "sha256": "{{Sample.Leaf.Sha256}}", "share": 0.5 },
                { "serial": "01dd", "sha256": "{{before.Sha256}}", "share": 0.5 }
              ],
              "in_turn": true
            }
            """,
            "leaves");

        void Reads(string expected, string name)
        {
            var element = record.RootElement.GetProperty(name);
            Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, element), element.GetRawText());
        }
    }
}
