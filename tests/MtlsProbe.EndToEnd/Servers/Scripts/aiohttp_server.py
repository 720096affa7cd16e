"""aiohttp over asyncio's TLS, which turns clients away without an alert. Arguments: port, certificate, key, authorities."""
import ssl
import sys

from aiohttp import web


async def welcome(_request):
    return web.Response(text="welcome\n")


def main(port, certificate, key, authorities):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authorities)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    application = web.Application()
    application.router.add_get("/", welcome)
    web.run_app(application, host="127.0.0.1", port=int(port), ssl_context=context, print=None)


main(*sys.argv[1:])
