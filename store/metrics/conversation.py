"""What people said and how they felt, and how engaged they were in all."""

from store.metrics.definition import VIEWERS, Definition, People, Ratio, Score, Share, Sum

_MINUTES = 1 / 60_000
_HOURS = 1 / 3_600_000

DEFINITIONS = (
    Definition(
        name="chat_messages",
        title="Chat messages",
        unit="count",
        formula="Messages sent, those deleted later included.",
        computed=Sum("chat_messages"),
    ),
    Definition(
        name="unique_chatters",
        title="Unique chatters",
        unit="count",
        formula="Distinct people who sent at least one message, by user id, else by guest id.",
        computed=People("chatters"),
        version=2,
    ),
    Definition(
        name="chatter_ratio",
        title="Share who chatted",
        unit="ratio",
        formula="Unique chatters divided by unique viewers.",
        computed=Ratio(People("chatters"), VIEWERS),
        n=VIEWERS,
        n_of="people",
    ),
    Definition(
        name="chat_per_minute",
        title="Chat messages a minute",
        unit="count",
        formula="Messages divided by the minutes that were live.",
        computed=Ratio(Sum("chat_messages"), Sum("live_ms", _MINUTES)),
    ),
    Definition(
        name="chat_per_viewer_minute",
        title="Chat messages a viewer and minute",
        unit="count",
        formula="Messages divided by the minutes that all viewers together were there while live.",
        computed=Ratio(Sum("chat_messages"), Sum("viewer_ms", _MINUTES)),
    ),
    Definition(
        name="reactions",
        title="Reactions",
        unit="count",
        formula="Reactions sent.",
        computed=Sum("reactions"),
    ),
    Definition(
        name="unique_reactors",
        title="Unique reactors",
        unit="count",
        formula="Distinct people who sent at least one reaction, by user id, else by guest id.",
        computed=People("reactors"),
    ),
    Definition(
        name="engagement_score",
        title="Engagement score",
        unit="score",
        formula=(
            "100 times the weighted mean of: min(1, average share viewed) with weight 0.40; unique chatters over unique viewers, 0.20;"
            " 1 - e^(-r/6), where r is the reactions per hour of a viewer, 0.15; watched in company, 0.15. A part that is not known is"
            " left out, and the others weigh as much more. Each part is shown beside the score."
        ),
        computed=Score(
            (
                Share("average_percentage_viewed", 0.40, Ratio(Sum("percent_sum"), Sum("percent_n"))),
                Share("chatter_ratio", 0.20, Ratio(People("chatters"), VIEWERS)),
                Share(
                    "reactions_per_viewer_hour",
                    0.15,
                    Ratio(Sum("reactions"), Sum("viewer_ms", _HOURS)),
                    saturates_at=6,
                ),
                Share("co_watch_ratio", 0.15, Ratio(Sum("cowatch_ms"), Sum("viewer_ms"))),
            )
        ),
    ),
)
