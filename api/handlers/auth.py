"""Registration, sign-in, the refresh of a session, and tickets for websockets.

A browser says so by the header line `X-Matinee-Client: web`: its refresh token then travels in an HttpOnly cookie,
which no script can read. Every other client gets it in the body.
"""

from typing import Any

from api.ask import Ask, Cookie, Nothing, Reply
from api.middleware.maintenance import refuse_all_but_staff
from api.problems import Problem
from api.schemas.auth import Reauthentication, Refresh, Registration, SessionView, SignIn, TicketView
from api.schemas.users import UserView, own_view
from api.services.sessions import Opened
from store.documents import User

COOKIE = "matinee_refresh"
COOKIE_PATH = "/api/v1/auth"
HOST_COOKIE = f"__Host-{COOKIE}"
"""Its name where our own address is https: browsers then take it from nobody but this host, over TLS, for the path `/`."""


async def register(ask: Ask[Registration, Nothing, None]) -> UserView:
    ask.services.switches.check_registration()
    user = await ask.services.accounts.register(ask.body)
    await ask.services.verification.begin(user)
    return own_view(user)


async def login(ask: Ask[SignIn, Nothing, None]) -> Reply[SessionView]:
    account = ask.body.email.strip().casefold()
    ask.services.attempts.check(ask.ip, account)
    try:
        user = await ask.services.accounts.sign_in(ask.body)
    except Problem as problem:
        if problem.code == "bad_credentials":
            ask.services.attempts.failed(ask.ip, account)
        raise
    ask.services.attempts.succeeded(ask.ip, account)
    refuse_all_but_staff(ask.services.switches, user)
    opened = await ask.services.sessions.open(user, device=ask.headers.get("User-Agent", ""))
    await ask.services.notifications.security.signed_in(user, opened.session, opened.device)
    return _answer(ask, opened)


async def reauthenticate(ask: Ask[Reauthentication, Nothing, User]) -> Reply[SessionView]:
    user = await ask.services.changes.shown_again(ask.subject, ask.body.password, ask.ip)
    device = ask.headers.get("User-Agent", "")
    return _answer(ask, await ask.services.sessions.renew(user, ask.caller.session, device=device))


async def refresh(ask: Ask[Refresh, Nothing, None]) -> Reply[SessionView]:
    return _answer(ask, await ask.services.sessions.rotate(_presented(ask)))


async def logout(ask: Ask[Refresh, Nothing, None]) -> Reply[None]:
    """End the session of the refresh token, in body or cookie, or of the access token; where it is over, nothing."""
    token = ask.body.refresh_token or ask.cookies.get(_cookie_name(ask), "")
    if token:
        await ask.services.sessions.sign_out_by_token(token)
    if ask.headers.get("Authorization", ""):
        await _end_session_of_access_token(ask)
    return Reply(body=None, cookies=(_cookie(ask, "", 0),))


async def ticket(ask: Ask[Nothing, Nothing, User]) -> TicketView:
    issued = await ask.services.tickets.issue(ask.caller)
    return TicketView(ticket=issued.ticket, expires_in=issued.expires_in)


async def _end_session_of_access_token(ask: Ask[Refresh, Nothing, None]) -> None:
    try:
        caller = await ask.services.sessions.caller(ask.headers.get("Authorization", ""), required=False)
    except Problem:
        return  # expired or revoked: over already
    if caller.user_id is not None and caller.session is not None:
        await ask.services.sessions.sign_out(caller.user_id, caller.session)


def _presented(ask: Ask[Refresh, Nothing, None]) -> str:
    token = ask.body.refresh_token or ask.cookies.get(_cookie_name(ask), "")
    if not token:
        raise Problem("bad_refresh_token", "Neither body nor cookie holds a refresh token.")
    return token


def _answer(ask: Ask[Any, Nothing, Any], opened: Opened) -> Reply[SessionView]:
    browser = ask.headers.get("X-Matinee-Client", "").lower() == "web"
    view = SessionView(
        access_token=opened.access_token,
        token_type="Bearer",
        expires_in=opened.expires_in,
        refresh_token=None if browser else opened.refresh_token,
        user=own_view(opened.user),
    )
    cookies = (_cookie(ask, opened.refresh_token, opened.refresh_expires_in),) if browser else ()
    return Reply(body=view, cookies=cookies)


def _https(ask: Ask[Any, Nothing, Any]) -> bool:
    return ask.services.settings.base_url.startswith("https:")


def _cookie_name(ask: Ask[Any, Nothing, Any]) -> str:
    return HOST_COOKIE if _https(ask) else COOKIE


def _cookie(ask: Ask[Any, Nothing, Any], value: str, seconds: int) -> Cookie:
    secure = _https(ask)
    path = "/" if secure else COOKIE_PATH
    return Cookie(name=_cookie_name(ask), value=value, path=path, max_age_seconds=seconds, secure=secure)
