"""mbedTLS 2.28 by its C interface. Arguments: library, port, certificate, key, authorities."""
import ctypes
import os
import signal
import socket
import sys

SERVER, STREAM, DEFAULTS = 1, 0, 0
VERIFY_REQUIRED = 2


def main(library, port, certificate, key, authorities):
    mbed = ctypes.CDLL(library)  # also loads the libraries of its certificates and ciphers
    configuration = configure(mbed, certificate, key, authorities)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    with socket.create_server(("127.0.0.1", int(port)), backlog=1024) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    try:
                        listener.close()
                        serve(mbed, configuration, connection)
                    finally:
                        os._exit(0)


def configure(mbed, certificate, key, authorities):
    own, own_key, trusted, configuration = (structure() for _ in range(4))
    mbed.mbedtls_x509_crt_init(own)
    mbed.mbedtls_pk_init(own_key)
    mbed.mbedtls_x509_crt_init(trusted)
    mbed.mbedtls_ssl_config_init(configuration)
    done = (
        mbed.mbedtls_x509_crt_parse_file(own, certificate.encode()),
        mbed.mbedtls_pk_parse_keyfile(own_key, key.encode(), None),
        mbed.mbedtls_x509_crt_parse_file(trusted, authorities.encode()),
        mbed.mbedtls_ssl_config_defaults(configuration, SERVER, STREAM, DEFAULTS),
        mbed.mbedtls_ssl_conf_own_cert(configuration, own, own_key),
    )
    assert not any(done), done
    mbed.mbedtls_ssl_conf_authmode(configuration, VERIFY_REQUIRED)
    mbed.mbedtls_ssl_conf_ca_chain(configuration, trusted, None)
    return configuration


def serve(mbed, configuration, connection):
    """Reads to the end of what the client says, and answers its close with a close."""
    entropy, random, tls, buffer = (structure() for _ in range(4))
    mbed.mbedtls_entropy_init(entropy)
    mbed.mbedtls_ctr_drbg_init(random)
    mbed.mbedtls_ctr_drbg_seed(random, mbed.mbedtls_entropy_func, entropy, None, 0)
    mbed.mbedtls_ssl_conf_rng(configuration, mbed.mbedtls_ctr_drbg_random, random)
    mbed.mbedtls_ssl_init(tls)
    mbed.mbedtls_ssl_setup(tls, configuration)
    descriptor = ctypes.c_int(connection.fileno())
    mbed.mbedtls_ssl_set_bio(tls, ctypes.byref(descriptor), mbed.mbedtls_net_send, mbed.mbedtls_net_recv, None)
    if mbed.mbedtls_ssl_handshake(tls) == 0:
        while mbed.mbedtls_ssl_read(tls, buffer, ctypes.c_size_t(len(buffer))) > 0:
            pass
        mbed.mbedtls_ssl_close_notify(tls)


kept = []


def structure():
    """Room for any structure of the library, none of which tells its size; for good, since they point at each other."""
    kept.append(ctypes.create_string_buffer(16384))
    return kept[-1]


main(*sys.argv[1:])
