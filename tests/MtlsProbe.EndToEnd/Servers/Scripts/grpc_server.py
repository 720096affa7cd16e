"""The C core of gRPC without any service; it serves clients that offer h2 only. Arguments: port, certificate, key, authorities."""
import sys
from concurrent import futures

import grpc


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(port, certificate, key, authorities):
    credentials = grpc.ssl_server_credentials(
        [(read(key), read(certificate))], root_certificates=read(authorities), require_client_auth=True)
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    if server.add_secure_port(f"127.0.0.1:{port}", credentials) == 0:
        sys.exit(f"port {port} is taken")
    server.start()
    server.wait_for_termination()


main(*sys.argv[1:])
