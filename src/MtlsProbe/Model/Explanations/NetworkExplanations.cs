namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Network"/>.</summary>
internal static class NetworkExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.DnsNotFound,
            "The resolver of this machine answered that the name does not exist, or has no address. Other machines may use another resolver.",
            ("The name is spelt wrong, or a search domain is missing.", "Compare it with the service's own documentation; write the full name, with its domain."),
            ("The zone exists only inside another network.", "Run `getent ahosts NAME` on this machine and on one of the clients. Where they differ, let this machine use the same resolver, or run the prober where the clients are."),
            ("The service was removed, or its record has not been made yet.", "Ask who owns it. A target that is gone for good is to be removed from the configuration."),
            ("In Kubernetes: the Service has another name or namespace, or it is headless and has no ready endpoint.", "`kubectl get service,endpoints` in its namespace; the full name is `SERVICE.NAMESPACE.svc.cluster.local`.")),
        new(Reasons.DnsFailed,
            "The resolver of this machine did not answer within the time of the probe, or answered that it cannot say. Nothing is known of the name or the server.",
            ("The resolver is down, overloaded or not reachable from here.", "Many targets with this reason at once are the sign. Try `getent ahosts NAME`, and look at the `nameserver` lines of /etc/resolv.conf."),
            ("The authority of the zone does not answer, or DNSSEC validation fails.", "One zone alone is concerned. `dig NAME` says SERVFAIL; ask who runs the zone."),
            ("A network policy lets no DNS out of this pod.", "Allow port 53 by UDP and by TCP to the cluster's resolver.")),
        new(Reasons.ConnectionRefused,
            "The address answered the TCP connection with a reset: a machine is there, and nothing took the connection. The detail names each address that was tried.",
            ("The service is not running, or still starting.", "Look at the service on that machine: `ss -ltnp` lists what listens."),
            ("It listens on another port, or on 127.0.0.1 only.", "Compare the port with the service's configuration; it has to listen on an address that is reachable from here."),
            ("A Kubernetes Service has no ready endpoint.", "`kubectl get endpoints`; then find out why the pods are not ready."),
            ("A firewall rejects instead of dropping.", "The service listens, and clients nearby reach it: ask who runs the firewall.")),
        new(Reasons.Unreachable,
            "This machine, or a router on the way, said that there is no way to the address. The detail has the words of the operating system.",
            ("The name has an IPv6 address and this machine has no IPv6, or the reverse.", "Look at the addresses in the detail. Where every client has the same trouble, the record should go; else give this machine the address family."),
            ("A route or a VPN is missing.", "`ip route get ADDRESS` on this machine."),
            ("A local firewall or security module forbids it.", "The detail says `permission denied`. Look at the output rules and at SELinux or AppArmor."),
            ("No local port is free.", "The detail says so: too many connections from this machine to one address.")),
        new(Reasons.ConnectTimeout,
            "The TCP connection was not answered within the time of the probe. Silence is no refusal of anybody.",
            ("A firewall, a security group or a network policy drops the packets.", "Other clients reach the service: compare where they come from. Was a default-deny policy added?"),
            ("The host is off, or the address belongs to nobody any more.", "Does anything else answer there? In a cluster, an address of a pod that is gone."),
            ("The server's queue of connections is full.", "It happens now and then, at load: look at `ListenOverflows` of `nstat` on the server."),
            ("The timeout is shorter than the way is long.", "`mtlsprobe probe TARGET --timeout 20s` succeeds: raise `timeout` of the target.")),
        new(Reasons.ConnectionReset,
            "The connection was there, and was reset before TLS could tell anything. Where the server had asked for a certificate, a reset inside the handshake is counted here too, unless it comes twice and strangers are turned away as well: it may be a crash as well as a refusal.",
            ("A load balancer or proxy without a healthy backend.", "Its own page or log lists the backends. The certificates have nothing to do with it."),
            ("The server process crashes or is being restarted.", "Once is a hiccup. If it lasts, look for restarts of the process and at its log."),
            ("A middlebox tears down what it does not like: an unknown SNI name, a new TLS version.", "Try from another network; try with `tls.max_version: \"1.2\"`."),
            ("A TLS 1.2 server that refuses certificates by a reset (ocserv, wolfSSL, mbedTLS), where there was no time for a second look.", "It comes every time with this credential and not with another one. Raise `timeout`; the server's log tells.")),
    ];
}
