"""The embedded mongod: a real one, on loopback, with authentication, a replica set of one, gone when we are gone.

Who owns whom: this process holds the write end of a pipe and an flock on `<data>/run/mongod.lock`; `pipewatch.py`
holds the read end and is mongod's parent. Any death of ours therefore stops mongod cleanly, and frees the folder.
`<data>/run/mongod.json` tells other commands where it listens, and keeps the port for the next start.
"""

import base64
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from conf.logs import get
from conf.secrets import Secrets
from matinee import mongod_accounts, mongod_binary, pipewatch
from matinee.mongod_errors import DataFolderInUse, PortBusy, StartFailed
from matinee.mongod_folder import MongodFolder
from matinee.mongod_log import reason

START_SECONDS = 120.0
"""Recovery after a kill took 1.4 s with 50,000 documents; a large journal may take much longer."""
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 5.0
"""A watcher whose parent just died needs about a second to stop mongod."""
LEAST_FREE_BYTES = 64 * 1024**2
PORTS = range(20_000, 32_768)
"""Below Linux's ephemeral range, so that no outgoing connection sits on the port while mongod restarts."""

# Tried together: 5 MB on disk instead of 301, ready in about a second. zlib compression is left out for
# CVE-2025-14847 (6.0.5 is affected); scripting is what `$where` injection needs.
FLAGS = (
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--auth", "--noscripting", "--quiet", "--logappend"),
    *("--replSet", mongod_accounts.REPLICA_SET, "--oplogSize", "100"),
    *("--networkMessageCompressors", "snappy,zstd", "--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--wiredTigerCacheSizeGB", "0.25", "--wiredTigerEngineConfigString", "log=(file_max=4MB,prealloc=false)"),
)

log = get("matinee.mongod")


class EmbeddedMongod:
    """One mongod on one data folder. `start` may be called again after it died: the port stays."""

    def __init__(
        self,
        data: Path,
        secrets: Secrets,
        binary: str = "",
        *,
        database: str = "matinee",
        port: int = 0,
        least_free_bytes: int = LEAST_FREE_BYTES,
    ) -> None:
        self._folder = MongodFolder(data)
        self._secrets = secrets
        self._binary = binary
        self._database = database
        self._wanted_port = port
        self._least_free_bytes = least_free_bytes
        self._port = 0
        self._pid = 0
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def pid(self) -> int:
        """Process id of mongod itself, 0 before it is started."""
        return self._pid

    @property
    def uri(self) -> str:
        """Address with the app's password."""
        return mongod_accounts.uri(self._port, self._database, self._secrets.mongo_app_password)

    def alive(self) -> bool:
        return self._watcher is not None and self._watcher.poll() is None

    def start(self) -> str:
        """Start mongod, wait until it takes writes, and return its URI. Raises a `MongodError`.

        Blocks for about a second; may be called from any thread.
        """
        if self.alive():
            return self.uri
        binary = mongod_binary.find(self._binary)
        self._end_watcher()
        try:
            self._open_folder()
            self._port = self._choose_port()
            self._spawn(binary)
            self._wait_for_port()
            mongod_accounts.prepare(self._port, self._secrets, self._database, self.alive)
        except OSError as error:
            self.stop()
            cause = error.strerror or error
            raise StartFailed(f"{self._folder.data}: {cause}; choose a folder that can be written") from error
        except BaseException:
            self.stop()
            raise
        self._note_running(uri=mongod_accounts.uri(self._port, self._database, None))
        log.info("mongod is ready", port=self._port, pid=self._pid)
        return self.uri

    def grant(self, database: str) -> None:
        """Let the app's user work on a further database, such as a test's own."""
        with mongod_accounts.root(self._port, self._secrets) as client:
            mongod_accounts.grant(client, database)

    def stop(self) -> None:
        """Stop mongod cleanly (about a second) and let the folder go; nothing happens where it is not running."""
        if self._watcher is not None:
            self._end_watcher()
            self._folder.write_note(port=self._port)
        self._folder.release()

    def _open_folder(self) -> None:
        self._folder.make()
        self._folder.hold()
        self._folder.refuse_full_disk(self._least_free_bytes)
        self._end_orphan()

    def _end_orphan(self) -> None:
        """Stop a mongod of ours that its owner left behind: we hold the folder, so nobody else answers for it."""
        pid = self._folder.note().get("pid")
        if not isinstance(pid, int) or self._gone(pid, ORPHAN_SECONDS):
            return
        log.warning("stopping a mongod whose owner died", pid=pid)
        os.kill(pid, signal.SIGTERM)
        if not self._gone(pid, STOP_SECONDS):
            raise DataFolderInUse(
                f"{self._folder.db} is held by mongod (process {pid}), which does not stop: kill -9 {pid}"
            )

    def _gone(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._folder.has_mongod(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def _choose_port(self) -> int:
        """Take the wanted port, or our own again; only a fresh start may go elsewhere, as nobody has our URI yet."""
        fixed = self._wanted_port or self._port
        if fixed:
            if not _free(fixed):
                raise PortBusy(f"port {fixed} is taken by another program: stop it, or let Matinee choose a port")
            return fixed
        kept = self._folder.note().get("port")
        candidates = [kept] if isinstance(kept, int) and kept else []
        for port in [*candidates, *random.sample(PORTS, 100)]:
            if _free(port):
                return port
        raise PortBusy(f"no free port between {PORTS.start} and {PORTS.stop} on 127.0.0.1")

    def _spawn(self, binary: Path) -> None:
        folder = self._folder
        folder.turn_log()
        folder.write_key(base64.b64encode(hashlib.sha512(self._secrets.mongo_root_password.encode()).digest()))
        watcher = [sys.executable, "-I", "-S", pipewatch.__file__, str(os.getpid()), str(STOP_SECONDS)]
        command = [str(binary), "--dbpath", str(folder.db), "--port", str(self._port)]
        command += ["--keyFile", str(folder.key), "--logpath", str(folder.log), *FLAGS]
        with folder.output.open("wb") as output:
            self._watcher = subprocess.Popen(  # noqa: S603
                [*watcher, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                # Ctrl-C in the terminal must reach us alone: we decide the order of stopping.
                start_new_session=True,
            )
        assert self._watcher.stdout is not None
        self._pid = int(self._watcher.stdout.readline() or 0)
        self._note_running(uri=None)

    def _note_running(self, uri: str | None) -> None:
        """Tell others; the URI stands there only once it can be used."""
        self._folder.write_note(port=self._port, pid=self._pid, owner_pid=os.getpid(), uri=uri)

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(self._port):
            if not self.alive():
                assert self._watcher is not None
                status, folder = self._watcher.wait(), self._folder
                raise reason(status=status, log=folder.log, output=folder.output, port=self._port, db=folder.db)
            if time.monotonic() > deadline:
                raise StartFailed(f"mongod opened no port within {START_SECONDS:.0f} s; see {self._folder.log}")
            time.sleep(0.02)

    def _end_watcher(self) -> None:
        if self._watcher is not None:
            assert self._watcher.stdin is not None
            assert self._watcher.stdout is not None
            self._watcher.stdin.close()
            self._watcher.wait()
            self._watcher.stdout.close()
            self._watcher = None


def running_uri(data: Path, secrets: Secrets, database: str = "matinee") -> str | None:
    """Address of the mongod that another command runs on `data`, None where none does."""
    noted = MongodFolder(data).note()
    port = noted.get("port")
    if not isinstance(port, int) or not noted.get("uri") or not _answers(port):
        return None
    return mongod_accounts.uri(port, database, secrets.mongo_app_password)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
