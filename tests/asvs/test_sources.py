"""What the sources may not hold, and what they must: read off the files themselves."""

import re
import tomllib
from pathlib import Path

import pytest

from web.routes import HERE

ROOT = Path(__file__).parents[2]
PYTHON = {
    path: path.read_text(encoding="utf-8")
    for package in ("api", "conf", "matinee", "pipeline", "realtime", "store", "web")
    for path in (ROOT / package).rglob("*.py")
}
SCRIPTS = {
    path: path.read_text(encoding="utf-8")
    for path in (HERE / "static" / "js").rglob("*.js")
    if "vendor" not in path.parts
}


def found(pattern: str, sources: dict[Path, str]) -> list[str]:
    """List where a pattern stands."""
    compiled = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{n}: {line.strip()}"
        for path, text in sources.items()
        for n, line in enumerate(text.splitlines(), 1)
        if compiled.search(line)
    ]


def test_no_shell_is_asked() -> None:
    assert found(r"shell=True|os\.system|os\.popen|create_subprocess_shell", PYTHON) == []


def test_no_script_is_made_from_text() -> None:
    assert found(r"(?<![\w.])(?:eval|exec|compile)\(|__import__\(", PYTHON) == []
    assert (
        found(r"\beval\(|new Function\b|innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet", SCRIPTS)
        == []
    )
    assert found(r"setTimeout\(\s*[\"'`]|setInterval\(\s*[\"'`]|javascript:", SCRIPTS) == []


def test_nothing_is_unpickled() -> None:
    kept_apart = {path: text for path, text in PYTHON.items() if "pipeline" not in path.parts}
    assert found(r"^\s*(?:import|from) (?:pickle|marshal|shelve|yaml|xml|lxml|dill)\b", kept_apart) == []
    assert found(r"pickle\.loads?\(|yaml\.load\(", PYTHON) == []


def test_format_strings_are_ours() -> None:
    """Only sentences out of tables of ours are filled: a text of somebody's would choose what is shown."""
    filled = [
        line for line in found(r"\.format_map\(", PYTHON) if not line.startswith("api/services/notifications/words.py")
    ]
    assert filled == []
    assert found(r"(?<![\w\"'])(?:body|text|title|name|display_name)\.format\(", PYTHON) == []


def test_addresses_are_put_together_with_encoded_parts() -> None:
    raw = found(
        r"(?<!path)`[^`]*/(?:parties|videos|users|invites)/\$\{(?!encodeURIComponent|[\w.]+\.id\}|path)", SCRIPTS
    )
    assert raw == []  # path`…` encodes each part


def test_no_window_talks_to_another() -> None:
    """BroadcastChannel stays within one origin; windows of others would be heard by `message` on window."""
    assert found(r"window\.(?:postMessage|opener|parent)|addEventListener\(\s*[\"']message[\"']", SCRIPTS) == []


def test_the_socket_of_a_page_over_tls_is_over_tls() -> None:
    """A socket's address is taken from the page's own, so that it is wss where the page is https."""
    assert found(r"[\"'`]ws://", SCRIPTS) == []
    connects = [text for text in SCRIPTS.values() if "new WebSocket(" in text]
    assert connects
    assert "connect-src 'self'" in (ROOT / "web" / "security_headers.py").read_text().replace('": "', " ")


def test_passwords_are_typed_into_fields_that_hide_and_help() -> None:
    fields = [
        field
        for text in SCRIPTS.values()
        for field in re.findall(r"<\$\{Field\}[^>]*name=\"(?:current_|new_)?password(?:_confirm)?\"[^>]*", text)
        if "Party password" not in field and "an open door" not in field  # a word that a host tells everybody
    ]
    assert len(fields) >= 6
    for field in fields:
        assert 'type="password"' in field, field
        assert re.search(r'autocomplete="(?:current|new)-password"', field), field
    assert found(r"onPaste|onpaste|\"paste\"", SCRIPTS) == []


def test_every_page_shows_the_way_out() -> None:
    top = (HERE / "static" / "js" / "ui" / "top.js").read_text()
    assert "Sign out" in top
    for page in (HERE / "static" / "js" / "pages").glob("*.js"):
        assert "Top" in page.read_text(), page


def test_the_browser_keeps_no_secret_and_forgets_who_was_here() -> None:
    kept = found(r"(?:local|session)Storage|indexedDB|document\.cookie", SCRIPTS)
    assert all(not re.search(r"token|email|password|display_name", line.partition(": ")[2]) for line in kept)
    session = (HERE / "static" / "js" / "net" / "session.js").read_text()
    dropped = session[session.index("function drop(") :].partition("\n}")[0]
    assert all(forgotten in dropped for forgotten in ("token = null", "user = null", "hint.save(null)"))


def test_no_object_of_the_browser_is_merged_from_input() -> None:
    assert found(r"__proto__|constructor\[|\.prototype\[", SCRIPTS) == []


def test_chance_that_must_not_be_guessed_is_secure() -> None:
    guessable = [
        line
        for line in found(r"\brandom\.(?!Random\b)|^from random|^import random$", PYTHON)
        if not line.startswith(
            (
                "realtime/client/",
                "matinee/simulate/",
                "matinee/generator/",
                "matinee/demo/",
                "matinee/mongod.py",
                "pipeline/",
            )
        )
    ]
    assert guessable == [], (
        "back-off of clients, scenarios of bots, made-up histories and a free port may be guessed; nothing else"
    )
    assert found(r"Math\.random\(", {p: t for p, t in SCRIPTS.items() if p.name != "backoff.js"}) == []


def test_no_weak_algorithm_is_used() -> None:
    assert found(r"\bmd5\b|\bsha1\b|\bECB\b|PKCS1v15|\bDES\b|\bRC4\b|\bARC4\b", PYTHON) == []


def test_cryptography_comes_from_known_libraries() -> None:
    used = {
        line.split()[-1]
        for line in found(r"^(?:import|from) (?:argon2|joserfc|cryptography|hmac|hashlib|secrets)\b", PYTHON)
    }
    assert used
    assert found(r"^\s*(?:import|from) (?:Crypto|nacl|rsa|ecdsa|passlib|bcrypt|jwt)\b", PYTHON) == []


def test_no_certificate_goes_unchecked() -> None:
    assert (
        found(
            r"validate_cert=False|verify=False|CERT_NONE|tlsAllowInvalid|check_hostname = False|validate_certs=False",
            PYTHON,
        )
        == []
    )


def test_no_call_to_others_follows_a_redirect() -> None:
    callers = {path: text for path, text in PYTHON.items() if {"api", "realtime", "web", "store"} & set(path.parts)}
    clients = [path for path, text in callers.items() if re.search(r"AsyncHTTPClient\(", text)]
    assert clients, "somebody calls others"
    assert all("follow_redirects" in callers[path] for path in clients), clients
    assert found(r"follow_redirects\"?[:=] ?True", callers) == []


def test_what_is_called_from_here_is_listed() -> None:
    """Who makes a client that calls others stands here, so that a new one is looked at."""
    server = {path: text for path, text in PYTHON.items() if {"api", "web", "store"} & set(path.parts)}
    clients = {
        line.partition(":")[0]
        for line in found(r"AsyncHTTPClient\(|aiosmtplib\.send|httpx|urlopen|\brequests\.(?:get|post)", server)
    }
    assert clients == {"api/services/public_addresses.py", "api/services/mail/transports.py"}


def test_no_debug_mode_is_switched_on() -> None:
    assert found(r"debug=True|autoreload=True|serve_traceback=True|set_debug\(True", PYTHON) == []


def requirements() -> list[str]:
    text = (ROOT / "setup.py").read_text()
    return re.findall(r"^    \"([A-Za-z0-9_.-]+[^\"]*)\",", text, re.MULTILINE)


def test_every_library_is_listed_and_bounded() -> None:
    """Each has a bound from above, or is one exact version; the list is the inventory."""
    tools = {"types-psutil", "types-setuptools", "tzdata>=2026"}  # the newest time zones are the right ones
    loose = [one for one in requirements() if "<" not in one and "==" not in one and one not in tools]
    assert loose == []
    page = (ROOT / "docs" / "dependencies.md").read_text().lower()
    for name in ("tornado", "motor", "pymongo", "msgspec", "argon2-cffi", "joserfc", "aiosmtplib", "cryptography"):
        assert name in page, name


def test_libraries_with_known_holes_are_refused() -> None:
    """Tornado below 6.6.1 has open redirects and a denial of service (its own advisories of 6.5 and 6.6)."""
    (tornado,) = (one for one in requirements() if one.startswith("tornado"))
    assert ">=6.6.1" in tornado


def test_tests_and_examples_are_not_installed() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["packages"]
    text = (ROOT / "setup.py").read_text()
    assert "find_packages(" in text
    assert not {"tests", "benchmarks", "notebooks"} & set(packages)
    assert "tests" not in re.findall(r"for name in \(([^)]*)\)", text)[0]


@pytest.mark.parametrize("name", ["api", "web", "store", "realtime"])
def test_what_is_read_here_is_there(name: str) -> None:
    """An empty set of sources would make all of the above true."""
    assert sum(name in path.parts for path in PYTHON) > 10 or name == "web"
    assert len(SCRIPTS) > 20
