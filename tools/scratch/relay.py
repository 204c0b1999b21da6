"""A relay between a program and the server: TLS for programs without, one transaction for those behind a pooler.

The programs of the wheel are built without OpenSSL. The relay asks for TLS (SSLRequest), checks the certificate as
`sslmode` and `sslrootcert` mean it, and then passes bytes on. It takes SCRAM-SHA-256-PLUS out of the server's offer:
a client that sees it on a plain connection must suspect an attack, and channel binding ends at the relay anyway.

Behind a pooler the relay begins a transaction before the program says anything. So all that the program does meets one
session of the server, and its settings leave with it: the pooler drops a session whose client goes in a transaction.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dbengineer.tools.scratch.errors import ScratchError

SSL_REQUEST = struct.pack("!II", 8, 80877103)
AUTHENTICATION_OK, AUTHENTICATION_SASL = 0, 10
CHUNK = 1 << 16
PARTING_S = 1.0
HIDDEN = ("PGSSLMODE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGSSLNEGOTIATION", "PGHOSTADDR")


class Relay:
    """Where the relay leads; after a failed connection `failure` says why the server was refused."""

    def __init__(self, variables: Mapping[str, str], *, tls: bool = True, opening: str = "") -> None:
        if variables.get("PGCHANNELBINDING") == "require":
            raise ScratchError(
                "channel_binding=require cannot be kept by the relay; install PostgreSQL's own client programs "
                "(pg_dump 18 or newer, built with OpenSSL) or use channel_binding=prefer with sslmode=verify-full"
            )
        self.host = variables.get("PGHOST", "localhost")
        self.address = variables.get("PGHOSTADDR") or self.host
        self.port = int(variables.get("PGPORT", "5432"))
        self.direct = variables.get("PGSSLNEGOTIATION") == "direct"
        self.context = tls_context(variables) if tls else None
        self.opening = opening
        self.failure: str = ""
        self._variables = dict(variables)

    def environment(self, folder: str) -> dict[str, str]:
        """The variables that lead a program through the relay."""
        kept = {name: value for name, value in self._variables.items() if name not in HIDDEN}
        return {**kept, "PGHOST": folder, "PGPORT": "5432", "PGSSLMODE": "disable", "PGCHANNELBINDING": "disable"}

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """One connection from its start to its end, which may be that of the relay."""
        # asyncio reports a served connection that ends as cancelled as an error.
        with suppress(asyncio.CancelledError):
            await self._serve(client, to_client)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            server, to_server = await self._connect()
        except (OSError, ValueError) as error:
            kind = "verified TLS connection" if self.context else "connection"
            self.failure = f"no {kind} to {self.host}: {error}"
            await _closed(to_client)
            return
        outward = asyncio.create_task(_pass_on(client, to_server))
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await _pass_authentication(server, to_client)
                if self.opening:
                    await _begin(server, to_server, to_client, self.opening)
                await _pass_on(server, to_client)
        finally:
            outward.cancel()
            await asyncio.gather(outward, return_exceptions=True)
            await _closed(to_client)
            # All is said: waiting for the server's goodbye would only take time.
            to_server.transport.abort()
            await _closed(to_server)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.context is None:
            if self.address.startswith("/"):
                return await asyncio.open_unix_connection(f"{self.address}/.s.PGSQL.{self.port}", limit=4 * CHUNK)
            return await asyncio.open_connection(self.address, self.port, limit=4 * CHUNK)
        if self.direct:
            self.context.set_alpn_protocols(["postgresql"])
            return await asyncio.open_connection(
                self.address, self.port, ssl=self.context, server_hostname=self.host, limit=4 * CHUNK
            )
        reader, writer = await asyncio.open_connection(self.address, self.port, limit=4 * CHUNK)
        try:
            writer.write(SSL_REQUEST)
            answer = await reader.read(CHUNK)
            # Bytes after the S came before the encryption and could be anybody's (CVE-2021-23222).
            if answer != b"S":
                raise ValueError("the server does not offer TLS" if answer == b"N" else "an unexpected answer")
            await writer.start_tls(self.context, server_hostname=self.host)
        except BaseException:
            writer.transport.abort()
            await _closed(writer)
            raise
        return reader, writer


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Closes a connection and waits until it is."""
    with suppress(OSError):
        writer.close()
        await writer.wait_closed()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(CHUNK):
            to.write(data)
            await to.drain()
        to.close()


async def _pass_authentication(server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    """Passes the server's messages on until it has let the client in, without the offer of channel binding."""
    while True:
        head = await server.readexactly(5)
        body = await server.readexactly(struct.unpack("!I", head[1:])[0] - 4)
        code = struct.unpack("!I", body[:4])[0] if head[:1] == b"R" else None
        if code == AUTHENTICATION_SASL:
            body = body.replace(b"SCRAM-SHA-256-PLUS\0", b"")
        to_client.write(head[:1] + struct.pack("!I", len(body) + 4) + body)
        await to_client.drain()
        if code == AUTHENTICATION_OK or head[:1] == b"E":
            return


async def _begin(
    server: asyncio.StreamReader, to_server: asyncio.StreamWriter, to_client: asyncio.StreamWriter, opening: str
) -> None:
    """Sends statements of our own before the client is told that the server is ready; only a refusal is passed on."""
    kind = b""
    while kind != b"Z":
        kind, message = await _message(server)
        if kind != b"Z":
            to_client.write(message)
    text = opening.encode() + b"\0"
    to_server.write(b"Q" + struct.pack("!I", len(text) + 4) + text)
    await to_server.drain()
    kind = b""
    while kind != b"Z":
        kind, message = await _message(server)
        if kind in (b"E", b"Z"):
            to_client.write(message)
    await to_client.drain()


async def _message(server: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The kind of the server's next message, and all of it."""
    head = await server.readexactly(5)
    return head[:1], head + await server.readexactly(struct.unpack("!I", head[1:])[0] - 4)


def tls_context(variables: Mapping[str, str]) -> ssl.SSLContext:
    """What libpq checks for these sslmode and sslrootcert (PostgreSQL's manual, 32.19.1): chain, name, or nothing."""
    mode, root = variables.get("PGSSLMODE", "prefer"), _root_certificate(variables)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if root == "system":
        mode = "verify-full"
        context.load_default_certs()
    elif root:
        context.load_verify_locations(root)
    elif mode in ("verify-ca", "verify-full"):
        raise ScratchError(f"sslmode={mode} needs a root certificate; name it with sslrootcert=<file> or =system")
    context.check_hostname = mode == "verify-full"
    # A root certificate that is there makes `require` check the chain as well.
    context.verify_mode = ssl.CERT_REQUIRED if root else ssl.CERT_NONE
    certificate = variables.get("PGSSLCERT")
    if certificate:
        context.load_cert_chain(certificate, variables.get("PGSSLKEY") or None)
    return context


def _root_certificate(variables: Mapping[str, str]) -> str:
    named = variables.get("PGSSLROOTCERT", "")
    default = Path("~/.postgresql/root.crt").expanduser()
    return named or (str(default) if default.is_file() else "")


@contextmanager
def relayed(
    variables: Mapping[str, str], *, tls: bool = True, opening: str = ""
) -> Iterator[tuple[Relay, dict[str, str]]]:
    """A running relay to the server of these PG* variables, and the variables that lead through it.

    `opening`: statements that begin the program's session, for what is behind a pooler.
    """
    relay = Relay(variables, tls=tls, opening=opening)
    with tempfile.TemporaryDirectory(prefix="dbengineer-relay-") as folder:
        loop = asyncio.new_event_loop()
        started, stop = threading.Event(), asyncio.Event()
        thread = threading.Thread(
            target=lambda: loop.run_until_complete(_run(relay, folder, started, stop)), name="relay", daemon=True
        )
        thread.start()
        started.wait(10)
        try:
            yield relay, relay.environment(folder)
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(10)
            loop.close()


async def _run(relay: Relay, folder: str, started: threading.Event, stop: asyncio.Event) -> None:
    listener = await asyncio.start_unix_server(relay.serve, f"{folder}/.s.PGSQL.5432")
    started.set()
    await stop.wait()
    listener.close()
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        # The program is gone, and its connection is about to end by itself.
        _, late = await asyncio.wait(others, timeout=PARTING_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
