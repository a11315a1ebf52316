"""The REST part of the Tornado application: its services, its rules, and the settings that its handler reads.

The composition root does, in this order:

    access = access_services(store=…, clock=…, settings=…, secrets=…)           # before the engine: no part of it
    access.credentials, access.doors, access.blocking                                    # for realtime's socket
    access.blocking.changed = hub.blocks_changed                                # and a block those of whom it shuts out
    access.sessions.ended = hub.close_family                                    # a session's end closes its sockets
    mail = mail_services(store=…, …); mail.sender.start()
    told = notification_services(store=…, mailbox=mail.box, bus=…, …); told.start()
    access.sessions.stolen = told.security.session_stolen
    built = services(access=access, mail=mail, notifications=told, store=…, engine=…, audience=…, facts=…, …)  # after the engine
    await built.switches.reload(); built.switches.start(); built.erasure.start()
    application = tornado.web.Application([*routes(built), …], **handler_settings(clock=…, metrics=…, settings=…))
    …
    await told.close(); await mail.sender.close(); await built.switches.close(); await built.erasure.close(); close(built); access.close()                     # when no request is left

`HTTPServer` needs `max_body_size` as it is: each route sets its own limit before a body is read.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from tornado.routing import PathMatches, Rule

from api.admin_application import admin_services
from api.endpoint import EndpointHandler
from api.middleware.all import chain_of, finished_of
from api.openapi import document as openapi_document
from api.route import PREFIX, Route, check
from api.routes import ROUTES
from api.services.access import AccessServices, access_services
from api.services.accounts import Accounts
from api.services.activity import Activity
from api.services.admin.ports import Sockets
from api.services.all import Services
from api.services.allowance import Allowance
from api.services.attempts import Attempts
from api.services.audit import Audit
from api.services.avatars import Avatars
from api.services.dashboards.all import dashboard_services
from api.services.email_verification import EmailVerification
from api.services.erasure import Erasure
from api.services.export import Export
from api.services.files import Files
from api.services.health import Health, Probe
from api.services.invites import Invites
from api.services.mail.all import MailServices, mail_services
from api.services.members import Members
from api.services.mobile.all import mobile_services
from api.services.notifications.all import NotificationServices
from api.services.parties import Parties
from api.services.party_past import PartyPast
from api.services.password_changes import PasswordChanges
from api.services.passwords import PasswordRules
from api.services.people import People
from api.services.rsvps import Rsvps
from api.services.search import Search
from api.services.signatures import StreamSignatures
from api.services.switches import Switches
from api.services.telemetry import Telemetry
from api.services.uploads import Uploads
from api.services.videos import Videos
from conf.clock import Clock
from conf.metrics import Metrics
from conf.settings import Settings
from realtime.asyncapi import document as asyncapi_document
from realtime.engine import Audience, Engine
from realtime.facts import Facts
from store.database import Store

__all__ = [
    "AccessServices",
    "MailServices",
    "access_services",
    "close",
    "handler_settings",
    "mail_services",
    "routes",
    "services",
]


def services(
    *,
    access: AccessServices,
    mail: MailServices,
    notifications: NotificationServices,
    store: Store,
    engine: Engine,
    audience: Audience,
    sockets: Sockets,
    facts: Facts,
    pseudonym: Callable[[str], str],
    clock: Clock,
    settings: Settings,
    version: str,
    dependencies: Mapping[str, Probe] | None = None,
) -> Services:
    """Build what the endpoints call.

    `dependencies` are asked by `/readyz`, by name; MongoDB always is. `pseudonym` gives what stands for a user's id in
    published figures.
    """
    files = Files()
    uploads = Uploads(store=store, files=files, folder=settings.data / "videos", max_bytes=settings.upload_max_bytes)
    mails, attempts, rules = Allowance(clock=clock, what="mails"), Attempts(clock=clock), PasswordRules()
    parties = Parties(
        store=store,
        engine=engine,
        audience=audience,
        facts=facts,
        doors=access.doors,
        blocking=access.blocking,
        passwords=access.passwords,
        clock=clock,
    )
    videos = Videos(
        store=store,
        engine=engine,
        seats=access.seats,
        blocking=access.blocking,
        uploads=uploads,
        signatures=StreamSignatures(keys=access.keys, clock=clock),
        clock=clock,
    )
    changes = PasswordChanges(
        store=store,
        passwords=access.passwords,
        rules=rules,
        sessions=access.sessions,
        attempts=attempts,
        mailbox=mail.box,
        security=notifications.security,
        tokens=mail.tokens,
        allowance=mails,
    )
    avatars = Avatars(store=store, files=files, folder=settings.data / "avatars")
    switches, audit = Switches(store=store, clock=clock), Audit(store=store, clock=clock)
    notifier = notifications.notifier
    past = PartyPast(
        engine=engine,
        party_log=store.party_log,
        by_type=store.party_log_by_type,
        reactions=store.party_reactions,
    )
    return Services(
        accounts=Accounts(store=store, passwords=access.passwords, rules=rules, clock=clock),
        admin=admin_services(
            store=store,
            sessions=access.sessions,
            engine=engine,
            parties=parties,
            past=past,
            videos=videos,
            notifier=notifier,
            audit=audit,
            sockets=sockets,
            files=files,
            settings=settings,
            version=version,
            clock=clock,
        ),
        attempts=attempts,
        audit=audit,
        sessions=access.sessions,
        tickets=access.tickets,
        videos=videos,
        uploads=uploads,
        files=files,
        parties=parties,
        members=Members(store=store, engine=engine, parties=parties, clock=clock),
        past=past,
        blocking=access.blocking,
        avatars=avatars,
        export=Export(store=store, pseudonym=pseudonym, clock=clock),
        erasure=Erasure(
            store=store,
            changes=changes,
            sessions=access.sessions,
            parties=parties,
            engine=engine,
            videos=videos,
            avatars=avatars,
            pseudonym=pseudonym,
            clock=clock,
            credential_seconds=settings.access_token_seconds,
        ),
        people=People(store=store, blocking=access.blocking, parties=parties, notifier=notifier, clock=clock),
        activity=Activity(store=store, blocking=access.blocking),
        invites=Invites(
            store=store,
            engine=engine,
            parties=parties,
            blocking=access.blocking,
            tokens=access.invite_tokens,
            mailbox=mail.box,
            notifier=notifier,
            mails=Allowance(clock=clock, what="invites by mail"),
            clock=clock,
            base_url=settings.base_url,
        ),
        search=Search(store=store, clock=clock),
        mobile=mobile_services(
            store=store,
            blocking=access.blocking,
            parties=parties,
            videos=videos,
            switches=switches,
            clock=clock,
            settings=settings,
            version=version,
            web_push=notifications.subscriptions.public_key is not None,
        ),
        telemetry=Telemetry(store=store, engine=engine, clock=clock),
        dashboards=dashboard_services(store=store, pseudonym=pseudonym, clock=clock),
        health=Health(dependencies={"mongodb": store.ping, **(dependencies or {})}, clock=clock),
        changes=changes,
        verification=EmailVerification(store=store, mailbox=mail.box, tokens=mail.tokens, allowance=mails, clock=clock),
        switches=switches,
        middleware=chain_of(settings=settings, store=store, switches=switches, clock=clock),
        notifier=notifier,
        notifications=notifications,
        rsvps=Rsvps(store=store, clock=clock),
        engine=engine,
        settings=settings,
        version=version,
        openapi=_openapi(version),
        asyncapi=_asyncapi(version),
    )


# Once a process, as they are the same for every node in it: making both takes 0.3 s.


@cache
def _openapi(version: str) -> dict[str, Any]:
    return openapi_document(ROUTES, version=version)


@cache
def _asyncapi(version: str) -> dict[str, Any]:
    return asyncapi_document(version=version)


def close(built: Services) -> None:
    """Let go of the threads that read files, probe videos and decode pictures."""
    built.avatars.close()
    built.uploads.close()
    built.files.close()


def routes(built: Services, table: Sequence[Route] = ROUTES) -> list[Rule]:
    """Turn the route table into Tornado rules, the last of which answers everything else under `/api/` with a 404.

    Raises `api.route.RouteError` where a route states no access.
    """
    check(table)
    methods: dict[str, dict[str, Route]] = {}
    for route in table:
        methods.setdefault(route.pattern, {})[route.method] = route
        if route.root:
            methods.setdefault(route.pattern.removeprefix(PREFIX), {})[route.method] = route
    rules = [_rule(pattern, built, found) for pattern, found in methods.items()]
    return [*rules, _rule(r"/api(?:/.*)?", built, {})]


def handler_settings(*, metrics: Metrics, settings: Settings) -> dict[str, Any]:
    """Name the settings of `tornado.web.Application` that the API's handler and log line need."""
    return {
        "trusted_origins": list(settings.trusted_origins),
        "log_function": finished_of(settings=settings, metrics=metrics),
    }


def _rule(pattern: str, built: Services, methods: Mapping[str, Route]) -> Rule:
    return Rule(PathMatches(pattern), EndpointHandler, {"services": built, "methods": methods})
