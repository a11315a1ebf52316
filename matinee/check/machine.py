"""What the machine must offer: a folder, room on its disk, the port, ffmpeg, Dask."""

import importlib
import importlib.metadata
import shutil
import subprocess
import urllib.parse

from conf import secrets as secrets_file
from conf.settings import Settings
from matinee import listening
from matinee.demo.clips import ffmpeg_binary
from matinee.faults import Fault
from matinee.options import prepared_data
from matinee.running import running_web

LEAST_FREE_BYTES = 128 * 1024**2
"""The database, its journal and the first clips; below this the first minutes would already end in errors."""
FFMPEG_SECONDS = 20
NEEDED_FILTERS = ("drawtext", "gradients", "aevalsrc")
NEEDED_ENCODERS = ("libx264", "aac")
PIPELINE_PACKAGES = ("dask", "distributed", "pandas", "pyarrow")


def data_folder(settings: Settings) -> str:
    return f"{prepared_data(settings)} can be written"


def secrets(settings: Settings) -> str:
    path = settings.data / "secrets.toml"
    secrets_file.load_or_create(settings.data)
    if (mode := path.stat().st_mode & 0o777) & 0o077:
        raise Fault(f"{path} can be read by others (mode {mode:o})", f"chmod 600 {path}")
    return str(path)


def disk(settings: Settings, least_free_bytes: int = LEAST_FREE_BYTES) -> str:
    free = shutil.disk_usage(settings.data.absolute()).free
    if free < least_free_bytes:
        raise Fault(
            f"the disk of {settings.data} has {free // 1024**2} MB free, {least_free_bytes // 1024**2} MB are needed",
            "free some space, or choose another folder with --data",
        )
    return f"{free / 1024**3:.1f} GB free"


def port(settings: Settings) -> str:
    web = running_web(settings.data)
    if web is not None and urllib.parse.urlsplit(web.url).port == settings.port:
        return f"{settings.port} is served by the running web node (pid {web.pid})"
    listening.bound(settings.address, settings.port).close()
    return f"{settings.port} on {settings.address} is free"


def ffmpeg(_settings: Settings) -> str:
    binary = ffmpeg_binary()
    version = _output(binary, "-version").split()[2]
    filters, encoders = _output(binary, "-filters"), _output(binary, "-encoders")
    lacking = [name for name in NEEDED_FILTERS if f" {name} " not in filters]
    lacking += [name for name in NEEDED_ENCODERS if f" {name} " not in encoders]
    if lacking:
        raise Fault(f"ffmpeg {version} lacks {', '.join(lacking)}", "pip install 'matinee[embedded]' brings one")
    return f"{version} with {', '.join(NEEDED_ENCODERS)}"


def dask(_settings: Settings) -> str:
    versions = []
    for package in PIPELINE_PACKAGES:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise Fault(f"{package} cannot be imported ({error})", "pip install 'matinee[pipeline]'") from error
        versions.append(f"{package} {importlib.metadata.version(package)}")
    delayed = importlib.import_module("dask").delayed
    if delayed(sum)([1, 2, 3]).compute(scheduler="threads") != 6:  # noqa: PLR2004
        raise Fault("Dask computes wrongly", "reinstall it: pip install --force-reinstall 'matinee[pipeline]'")
    return ", ".join(versions)


def _output(binary: str, argument: str) -> str:
    done = subprocess.run(  # noqa: S603 - the binary of the wheel
        [binary, "-hide_banner", argument], capture_output=True, text=True, timeout=FFMPEG_SECONDS, check=False
    )
    if done.returncode != 0:
        raise Fault(f"{binary} does not run: {done.stderr.strip()[-200:]}", "reinstall imageio-ffmpeg")
    return done.stdout
