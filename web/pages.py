"""Which pages there are. A page is a static shell: its title, its styles and the module that draws it."""

from dataclasses import dataclass

_EVERY_PAGE = ("css/base.css", "css/top.css", "css/parts.css", "css/lists.css", "css/search.css", "css/notices.css")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One shell. `pattern` is the whole path; the module reads what stands in it."""

    pattern: str
    module: str
    title: str
    own_styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    """Vendored libraries that are no modules; they run before the page's own."""

    @property
    def styles(self) -> tuple[str, ...]:
        return _EVERY_PAGE + self.own_styles


_SWAGGER = "vendor/swagger-ui-dist-5.35.0"
_FIGURES = ("vendor/uplot-1.6.32/uPlot.min.css", "css/dashboard.css")

PAGES = (
    Page(pattern=r"/", module="lobby", title="Matinee", own_styles=("css/shows.css", "css/lobby.css")),
    Page(pattern=r"/signin", module="signin", title="Sign in · Matinee"),
    Page(pattern=r"/register", module="register", title="Create account · Matinee"),
    Page(pattern=r"/verify", module="verify", title="Confirm your address · Matinee"),
    Page(pattern=r"/forgot", module="forgot", title="Forgot your password · Matinee"),
    Page(pattern=r"/reset", module="reset", title="A new password · Matinee"),
    Page(pattern=r"/me", module="me", title="Your account · Matinee", own_styles=("css/account.css",)),
    Page(
        pattern=r"/u/[^/]+",
        module="profile",
        title="Profile · Matinee",
        own_styles=("css/shows.css", "css/room.css", "css/profile.css"),
    ),
    Page(pattern=r"/search", module="search", title="Search · Matinee", own_styles=("css/shows.css",)),
    Page(
        pattern=r"/admin(?:/[a-z]+)?",
        module="admin",
        title="Admin · Matinee",
        own_styles=("css/dashboard.css", "css/account.css", "css/admin.css"),
    ),
    Page(pattern=r"/notifications", module="notifications", title="Notifications · Matinee"),
    Page(
        pattern=r"/p/[^/]+",
        module="party",
        title="Party · Matinee",
        own_styles=("css/range.css", "css/party.css", "css/room.css", "css/reactions.css"),
    ),
    Page(
        pattern=r"/p/[^/]+/replay",
        module="replay",
        title="Watch again · Matinee",
        own_styles=("css/range.css", "css/party.css", "css/room.css", "css/reactions.css", "css/replay.css"),
    ),
    Page(pattern=r"/dashboard", module="dashboard", title="Dashboard · Matinee", own_styles=_FIGURES),
    Page(
        pattern=r"/dashboard/parties/[^/]+", module="party-report", title="Party report · Matinee", own_styles=_FIGURES
    ),
    Page(pattern=r"/dashboard/videos/[^/]+", module="video-report", title="Film report · Matinee", own_styles=_FIGURES),
    Page(
        pattern=r"/docs",
        module="docs",
        title="API · Matinee",
        own_styles=(f"{_SWAGGER}/swagger-ui.css", "css/docs.css"),
        scripts=(f"{_SWAGGER}/swagger-ui-bundle.js",),
    ),
)
MISSING = Page(pattern=r".*", module="missing", title="Not found · Matinee", own_styles=("css/room.css",))
