"""Why an embedded mongod does not start; each message names the mend."""


class MongodError(Exception):
    """The embedded mongod cannot be started."""


class MissingBinary(MongodError):  # noqa: N818 - named for what the operator meets
    """There is no mongod that can run here."""


class PortBusy(MongodError):  # noqa: N818
    """Another program listens on the port that mongod must have."""


class DataFolderInUse(MongodError):  # noqa: N818
    """Another Matinee, or another mongod, works on this data folder."""


class DiskFull(MongodError):  # noqa: N818
    """There is no room for the database."""


class StartFailed(MongodError):  # noqa: N818
    """mongod ended while it started, for the reason that its log gives."""
