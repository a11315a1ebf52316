"""What lies beyond the machine: statsd, mail, Google, the bus, a Dask cluster. What is not configured is fine."""

import asyncio
import smtplib
import socket
import urllib.parse

from conf import metrics
from conf.metrics import NullMetrics
from conf.secrets import Secrets
from conf.settings import Settings
from matinee.faults import Fault
from realtime.bus.nats import NoBus, connected

NETWORK_SECONDS = 5.0
REFUSAL_SECONDS = 0.1
"""Time for a closed UDP port's refusal (ICMP) to come back; only near machines send one."""


def statsd(settings: Settings) -> str:
    if not settings.statsd:
        return "not configured; metrics go nowhere"
    try:
        metrics.from_setting(settings.statsd, settings.statsd_prefix).close()
    except metrics.MetricsAddressError as error:
        raise Fault(f"{settings.statsd!r} is no address", "MATINEE_STATSD=host:port") from error
    host, _, port = settings.statsd.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)[0]
    except socket.gaierror as error:
        raise Fault(f"host {host} cannot be resolved ({error.strerror})", "correct MATINEE_STATSD") from error
    with socket.socket(found[0], found[1]) as sender:
        sender.settimeout(REFUSAL_SECONDS)
        sender.connect(found[4])
        sender.send(b"")
        try:
            sender.recv(1)
        except ConnectionRefusedError as error:
            mend = "start statsd there, or correct MATINEE_STATSD"
            raise Fault(f"nothing listens on {settings.statsd}", mend) from error
        except TimeoutError:
            pass
    return f"figures go to {settings.statsd} (UDP: their arrival cannot be seen from here)"


def mail(settings: Settings) -> str:
    if not settings.smtp_url:
        return f"not configured; mails become files in {settings.data / 'mail'}"
    url = urllib.parse.urlsplit(settings.smtp_url)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise Fault(f"{url.scheme or 'it'} is no mail address", "MATINEE_SMTP_URL=smtp(s)://user:password@host:port")
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    where = f"{url.hostname}:{url.port or (465 if url.scheme == 'smtps' else 25)}"
    try:
        with kind(url.hostname, url.port or 0, timeout=NETWORK_SECONDS) as server:
            if url.username:
                server.login(urllib.parse.unquote(url.username), urllib.parse.unquote(url.password or ""))
            server.noop()
    except smtplib.SMTPAuthenticationError as error:
        raise Fault(f"{where} refuses the user or password", "correct MATINEE_SMTP_URL") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Fault(f"{where} does not answer ({error})", "start it, or correct MATINEE_SMTP_URL") from error
    return f"{where} answers"


def google(settings: Settings, secrets: Secrets | None) -> str:
    has_secret = bool(secrets and secrets.google_client_secret)
    if not settings.google_client_id and not has_secret:
        return "not configured"
    if not settings.google_client_id:
        raise Fault("a client secret without a client id", "set MATINEE_GOOGLE_CLIENT_ID")
    if not has_secret:
        raise Fault("a client id without a client secret", "set MATINEE_GOOGLE_CLIENT_SECRET")
    return f"client {settings.google_client_id}"


def bus(settings: Settings) -> str:
    if not settings.nats_url:
        return "in process: one web node needs no other; `serve --workers N` starts a nats-server"
    return asyncio.run(_nats(settings.nats_url))


async def _nats(url: str) -> str:
    try:
        bus = await connected(url=url, namespace="check", metrics=NullMetrics())
    except NoBus as error:
        raise Fault(str(error), "start nats-server, or correct MATINEE_NATS_URL") from error
    await bus.close()
    return "NATS answers"


def dask_cluster(settings: Settings) -> str:
    if not settings.dask_scheduler:
        return "not configured; jobs run on this machine"
    url = urllib.parse.urlsplit(
        settings.dask_scheduler if "//" in settings.dask_scheduler else f"tcp://{settings.dask_scheduler}"
    )
    if not url.hostname or not url.port:
        raise Fault(f"{settings.dask_scheduler!r} is no address", "MATINEE_DASK_SCHEDULER=tcp://host:8786")
    try:
        socket.create_connection((url.hostname, url.port), timeout=NETWORK_SECONDS).close()
    except OSError as error:
        mend = "start it, or correct MATINEE_DASK_SCHEDULER"
        raise Fault(f"{url.hostname}:{url.port} does not answer ({error})", mend) from error
    return f"{url.hostname}:{url.port} answers"
