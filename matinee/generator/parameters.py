"""How the people of a made-up history behave. The figures are those of the field; each says where it is from.

A parameter that is changed here changes every history, and the answers with it: both come from the same draws.
"""

import msgspec


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is not chance."""

    film_popularity: float = 0.9
    """Exponent of the Zipf law by which films are chosen; video on demand is near 0.9."""
    user_activity: float = 0.7
    """Exponent of the Zipf law by which people are drawn; friends and guests flatten it to the 0.4 to 0.7 of video sites."""
    host_activity: float = 0.7
    stays_to_the_end: float = 0.2
    """With those whose time happens to last as long, about 38 % of the views are complete."""
    stay_median: float = 0.33
    """Median of the log-normal time that the others stay, as a share of the party."""
    stay_sigma: float = 0.9
    weekend_factor: float = 1.5
    mean_guests: float = 3.2
    """Party size is 1 + geometric with this mean …"""
    crowd_share: float = 0.03
    """… but for a heavy tail."""
    crowd_exponent: float = 1.3
    crowd_least: int = 15
    crowd_most: int = 400
    guest_share: float = 0.22
    """Of those who come, how many have no account."""
    circle_share: float = 0.5
    """… how many come from the host's own circle, again and again."""
    abandoned_share: float = 0.06
    """Parties that never begin."""
    hosts_end: float = 0.82
    """Parties that their host ends; most others are left until nobody is there (`party.vacated`), a few stay open."""
    never_closed: float = 0.03
    early_end: float = 0.15
    """Parties that stop before their film does."""
    second_film: float = 0.12
    scheduled_share: float = 0.3
    patience_ms: int = 2_000
    """Startup that everybody waits for; then 5.8 % of those left go each second (Krishnan and Sitaraman, IMC 2012)."""
    hazard_per_second: float = 0.058
    play_lost_to_stalls: float = 5.0
    """One per cent of rebuffering costs five of play (same source)."""
    startup_median_ms: float = 650.0
    startup_sigma: float = 0.75
    stall_share: float = 0.04
    """Chance of a stall in each ten seconds, before a person's own connection counts."""
    stall_median_ms: float = 900.0
    failure_share: float = 0.006
    outage_failure_share: float = 0.35
    drift_sigma_ms: float = 45.0
    chat_a_minute: float = 0.16
    """Messages of an average viewer."""
    reactions_a_minute: float = 0.10
    burst_share: float = 0.7
    """How many of a film's great moments move the party that plays them."""
    burst_least_present: int = 5
    burst_joining: float = 0.75
    drop_share: float = 0.08
    """Sessions whose connection drops once."""
    long_drop_share: float = 0.15
    missing_leave: float = 0.04
    second_device: float = 0.015
    lateness_median_ms: float = 140.0
    lateness_sigma: float = 0.8
    late_share: float = 0.004
    """Events that come minutes late …"""
    very_late_share: float = 0.05
    """… and of these, hours or days, up to seven."""
    duplicate_share: float = 0.005
    old_schema_share: float = 0.02
    """People whose client still sends version 0 of the events."""
    skewed_share: float = 0.03
    """People whose clock is wrong by minutes or hours, not by a second or two."""
    quitters_factor: float = 0.3
    """How active those are whom the campaign of the answers' cohort brought."""
    treatment_share: float = 0.5
    treatment_startup: float = 0.7
    """The newer web client starts in this share of the time …"""
    treatment_stalls: float = 0.5
    """… and stalls this much as often."""


USUAL = Parameters()
