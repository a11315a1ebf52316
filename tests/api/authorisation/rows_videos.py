"""Videos and their files."""

from tests.api.authorisation.row import OPTIONAL, USER, Rule, delete, get, patch, post, put

VISIBLE = Rule("video:visible", "optional")
PLAYABLE = Rule("video:playable", "optional")
UPLOADER = Rule("video:uploader", "required")
NEW = {"title": "A film", "source": "url", "url": "https://example.com/film.mp4"}

VIDEOS = (
    get("/videos", OPTIONAL),
    post("/videos", USER, NEW),
    get("/videos/{video_id}", VISIBLE),
    patch("/videos/{video_id}", UPLOADER, {"title": "Another title"}),
    delete("/videos/{video_id}", UPLOADER),
    put("/videos/{video_id}/content", UPLOADER, raw="empty_video"),
    get("/videos/{video_id}/stream", PLAYABLE),
    get("/videos/{video_id}/thumbnail", PLAYABLE),
)
