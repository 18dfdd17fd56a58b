"""`python -m webproxy`: the proxy as a process. The token and the keys are read from files, never from the command line."""

import argparse
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from webproxy.guard import AccessGuard
from webproxy.proxy import Upstream, application

_HOST = "127.0.0.1"
_STOP_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is asked to end."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    tls = None
    if given.authority:
        tls = ssl.create_default_context(cafile=given.authority)
        tls.load_cert_chain(given.certificate)
    doorkeeper = AccessGuard(
        port=given.port,
        token=given.token_file.read_text(encoding="utf-8").strip(),
        how="`python -m console status` prints it.",
    )
    app = application(Upstream(name=given.name, base_url=given.upstream, tls=tls), doorkeeper)
    web.run_app(app, host=_HOST, port=given.port, access_log=None, print=lambda *_: None, shutdown_timeout=_STOP_SECONDS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m webproxy", description="A loopback proxy that asks for a token.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="base URL of the page's own server")
    parser.add_argument("--name", required=True, help="what the page's server is called in messages")
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--authority", type=Path, help="PEM file of who signed the server's certificate")
    parser.add_argument("--certificate", type=Path, help="PEM file with a client certificate and its key")
    return parser


if __name__ == "__main__":
    main()
