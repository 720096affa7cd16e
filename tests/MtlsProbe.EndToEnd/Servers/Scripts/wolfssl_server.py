"""wolfSSL by its C interface. Arguments: library, port, certificate, key, authorities."""
import ctypes
import socket
import sys
import threading

PEM = 1
VERIFY_PEER, FAIL_WITHOUT_CERTIFICATE = 1, 2
TLS_1_2 = 3
SUCCESS = 1


def main(library, port, certificate, key, authorities):
    wolf = ctypes.CDLL(library)
    for name in ("wolfSSLv23_server_method", "wolfSSL_CTX_new", "wolfSSL_new"):
        getattr(wolf, name).restype = ctypes.c_void_p
    wolf.wolfSSL_Init()
    context = ctypes.c_void_p(wolf.wolfSSL_CTX_new(ctypes.c_void_p(wolf.wolfSSLv23_server_method())))
    done = (
        wolf.wolfSSL_CTX_SetMinVersion(context, TLS_1_2),
        wolf.wolfSSL_CTX_use_certificate_chain_file(context, certificate.encode()),
        wolf.wolfSSL_CTX_use_PrivateKey_file(context, key.encode(), PEM),
        wolf.wolfSSL_CTX_load_verify_locations(context, authorities.encode(), None),
    )
    assert done == (SUCCESS,) * len(done), done
    wolf.wolfSSL_CTX_set_verify(context, VERIFY_PEER | FAIL_WITHOUT_CERTIFICATE, None)
    with socket.create_server(("127.0.0.1", int(port)), backlog=1024) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(wolf, context, connection)).start()


def serve(wolf, context, connection):
    """Reads to the end of what the client says, and answers its close with a close."""
    tls = ctypes.c_void_p(wolf.wolfSSL_new(context))
    buffer = ctypes.create_string_buffer(4096)
    with connection:
        wolf.wolfSSL_set_fd(tls, connection.fileno())
        if wolf.wolfSSL_accept(tls) == SUCCESS:
            while wolf.wolfSSL_read(tls, buffer, len(buffer)) > 0:
                pass
            wolf.wolfSSL_shutdown(tls)
        wolf.wolfSSL_free(tls)


main(*sys.argv[1:])
