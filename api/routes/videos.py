"""The rows of the route table about videos and their files."""

from api.access import PUBLIC_OR_USER, USER, VIDEO_PLAYABLE, VIDEO_UPLOADER, VIDEO_VISIBLE
from api.handlers import video_content, videos
from api.route import Route

VIDEOS = (
    Route("GET", "/videos", videos.index, "List public videos and your own, the newest first.", access=PUBLIC_OR_USER),
    Route(
        "POST", "/videos", videos.create, "Add a video by its address, or announce an upload.", access=USER, status=201
    ),
    Route(
        "GET",
        "/videos/{video_id}",
        videos.show,
        "Show a video.",
        access=VIDEO_VISIBLE,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "PATCH",
        "/videos/{video_id}",
        videos.change,
        "Change a video's title, description or visibility; If-Match guards against others' changes.",
        access=VIDEO_UPLOADER,
        problems=("precondition_failed",),
    ),
    Route(
        "DELETE", "/videos/{video_id}", videos.delete, "Delete a video and its file.", access=VIDEO_UPLOADER, status=204
    ),
    Route(
        "PUT",
        "/videos/{video_id}/content",
        video_content.put,
        "Upload the file: in one request, or in pieces by Content-Range.",
        access=VIDEO_UPLOADER,
        sink=video_content.open_upload,
        problems=("invalid", "conflict", "not_a_video", "too_large"),
        also={308: "Not whole yet: go on after the bytes in Range. `Content-Range: bytes */total` asks for it."},
    ),
    Route(
        "GET",
        "/videos/{video_id}/stream",
        video_content.stream,
        "Play the file; ranges, If-Range and HEAD are honoured.",
        access=VIDEO_PLAYABLE,
        problems=("range_not_satisfiable",),
        also={206: "The range asked for.", 304: "Not changed.", 307: "The video is at another address."},
    ),
    Route(
        "GET",
        "/videos/{video_id}/thumbnail",
        video_content.thumbnail,
        "Show a picture of an uploaded video.",
        access=VIDEO_PLAYABLE,
        problems=("range_not_satisfiable",),
        also={206: "The range asked for.", 304: "Not changed."},
    ),
)
