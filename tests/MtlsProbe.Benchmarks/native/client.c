/*
 * The cost of a probe in plain C with the same libssl: connect, full handshake with a client certificate, verification of chain and
 * name, GET, the answer, close. One connection after the other; a lower bound for the prober.
 *
 * client ADDRESS PORT SERVER_NAME CA CERTIFICATE KEY COUNT RATE     (RATE per second; 0: one after the other)
 * prints: COUNT USER_SECONDS SYSTEM_SECONDS WALL_SECONDS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Handshakes before the clock starts: the first ones fetch algorithms and fill caches. */
enum { WARM_UP = 50 };

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, errno ? strerror(errno) : "");
    ERR_print_errors_fp(stderr);
    exit(1);
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void sleep_until(double due)
{
    struct timespec time = { (time_t)due, (long)((due - (time_t)due) * 1e9) };
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static SSL_CTX *context(const char *ca, const char *certificate, const char *key)
{
    static const unsigned char alpn[] = "\x08http/1.1";
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_load_verify_locations(context, ca, NULL) != 1) fail("trust");
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1) fail("certificate");
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) fail("key");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn - 1);
    return context;
}

static void probe(SSL_CTX *context, const struct sockaddr_in *address, const char *name, const char *request)
{
    int one = 1, length = 0, count;
    char answer[4096];
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (tcp < 0 || connect(tcp, (const struct sockaddr *)address, sizeof *address) != 0) fail("connect");

    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, tcp);
    SSL_set_tlsext_host_name(ssl, name);
    SSL_set1_host(ssl, name);
    if (SSL_connect(ssl) != 1) fail("handshake");
    if (SSL_write(ssl, request, (int)strlen(request)) <= 0) fail("write");
    do {
        count = SSL_read(ssl, answer + length, (int)sizeof answer - 1 - length);
        if (count <= 0) fail("read");
        length += count;
        answer[length] = 0;
    } while (!strstr(answer, "\r\n\r\n"));
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0) fail(answer);

    SSL_free(ssl);
    close(tcp);
}

int main(int argc, char **argv)
{
    if (argc != 9) return 2;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) fail("address");
    SSL_CTX *ctx = context(argv[4], argv[5], argv[6]);
    char request[512];
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: client\r\nAccept: */*\r\nConnection: close\r\n\r\n", argv[3]);
    int count = atoi(argv[7]);
    double rate = atof(argv[8]);

    for (int i = 0; i < WARM_UP; i++) probe(ctx, &address, argv[3], request);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double start = now();
    for (int i = 0; i < count; i++) {
        if (rate > 0) sleep_until(start + i / rate);
        probe(ctx, &address, argv[3], request);
    }
    getrusage(RUSAGE_SELF, &after);
    printf("%d %.6f %.6f %.6f\n", count, seconds(after.ru_utime) - seconds(before.ru_utime),
           seconds(after.ru_stime) - seconds(before.ru_stime), now() - start);
    SSL_CTX_free(ctx);
    return 0;
}
