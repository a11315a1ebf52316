"""What stops a command: one line that says what is wrong and how to mend it."""

import errno
import os

MENDS = {
    errno.ENOSPC: "the disk is full: free some space, or choose another folder with --data",
    errno.EDQUOT: "the quota is used up: free some space, or choose another folder with --data",
    errno.ENOENT: "the folder cannot be made there: choose another one with --data",
    errno.EACCES: "choose a folder that you may write with --data",
    errno.EPERM: "choose a folder that you may write with --data",
    errno.EROFS: "the file system is read-only: choose another folder with --data",
    errno.ENOTDIR: "a file stands where a folder is needed: choose another folder with --data",
    errno.EEXIST: "a file stands where a folder is needed: choose another folder with --data",
    errno.EADDRINUSE: "choose another port with --port",
    errno.EADDRNOTAVAIL: "choose an address of this machine with --address",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


class Fault(Exception):  # noqa: N818 - named for what the operator meets
    """A command cannot go on; `mend` says what the operator can do about it."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(f"{message}; {mend}" if mend else message)
        self.message = message
        self.mend = mend


def of_os(error: OSError) -> Fault:
    """Turn a fault of the operating system into one line with its mend."""
    what = os.strerror(error.errno) if error.errno is not None else str(error)
    where = f"{error.filename}: " if error.filename else ""
    return Fault(f"{where}{what}", MENDS.get(error.errno or 0, ""))


def in_one_line(error: BaseException) -> str:
    """Say what `error` says, without line breaks; an error without words is named by its class."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
