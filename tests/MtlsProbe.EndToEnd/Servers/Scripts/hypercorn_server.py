"""hypercorn on asyncio, an ASGI server that asks for client certificates. Arguments: port, certificate, key, authorities."""
import asyncio
import ssl
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config


async def welcome(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"welcome\n"})


def main(port, certificate, key, authorities):
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.certfile, config.keyfile, config.ca_certs = certificate, key, authorities
    config.verify_mode = ssl.CERT_REQUIRED
    config.loglevel = "WARNING"
    asyncio.run(serve(welcome, config))


main(*sys.argv[1:])
