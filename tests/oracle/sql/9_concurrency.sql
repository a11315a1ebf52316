-- How many were there at once while the parties were live, by hours of the clock.
create table live_hours as
with cut as (
    select p.pid, sid, greatest(starts, opens) starts, least(ends, closes) ends
    from presence p join windows w on w.pid = p.pid and opens < ends and starts < closes),
hourly as (
    select pid, sid, starts, ends, unnest(range(starts // 3600000, (ends - 1) // 3600000 + 1)) "hour" from cut where ends > starts)
select pid, sid, "hour", greatest(starts, "hour" * 3600000) starts, least(ends, ("hour" + 1) * 3600000) ends from hourly;

create table scoped_live as
select family, subject, pid, "hour", starts, ends from live_hours join party_members using (pid)
union all
select m.family, m.subject, l.pid, "hour", starts, ends from live_hours l join session_members m using (sid);

create table company as
with edges as (
    select family, subject, pid, "hour", "at", sum(step) step from (
        select family, subject, pid, "hour", starts "at", 1 step from scoped_live
        union all select family, subject, pid, "hour", ends, -1 from scoped_live)
    group by all),
levels as (
    select *, sum(step) over by_time level, lead("at") over by_time - "at" lasts
    from edges window by_time as (partition by family, subject, pid, "hour" order by "at"))
select family, subject, pid, "hour", sum(level * lasts)::bigint viewer_ms,
    coalesce(sum(level * lasts) filter (where level >= 2), 0)::bigint cowatch_ms, max(level)::bigint peak
from levels group by all;

create table peaks as
with edges as (
    select family, subject, "hour", "at", sum(step) step from (
        select family, subject, "hour", starts "at", 1 step from scoped_live where family != 'party_report'
        union all select family, subject, "hour", ends, -1 from scoped_live where family != 'party_report')
    group by all),
levels as (
    select family, subject, "hour", sum(step) over (partition by family, subject, "hour" order by "at") level from edges)
select family, subject, "hour", max(level)::bigint peak from levels group by all
union all
select family, subject, "hour", peak from company where family = 'party_report';

create table live as
with hourly as (
    select pid, opens, closes, unnest(range(opens // 3600000, (closes - 1) // 3600000 + 1)) "hour" from windows),
cut as (
    select family, subject, pid, "hour", greatest(opens, "hour" * 3600000) opens, least(closes, ("hour" + 1) * 3600000) closes
    from hourly join window_members using (pid)),
so_far as (
    select *, max(closes) over (
        partition by family, subject, "hour" order by opens, closes rows between unbounded preceding and 1 preceding) covered
    from cut)
select family, subject, "hour", sum(greatest(0, closes - greatest(opens, coalesce(covered, opens))))::bigint live_ms
from so_far group by all;

create table scoped_hours as
select family, subject, case when family != 'party_report' then "hour" // 24 end "day", "hour" % 24 "hour",
    sum(viewer_ms)::bigint viewer_ms, sum(cowatch_ms)::bigint cowatch_ms, max(peak) peak, sum(live_ms)::bigint live_ms
from (
    select family, subject, "hour", viewer_ms, cowatch_ms from company
    union all by name select * from peaks
    union all by name select * from live)
group by all;

create table gatherings as
with daily as (select pid, unnest(range(opens // 86400000, (closes - 1) // 86400000 + 1)) "day" from windows)
select family, subject, case when family != 'party_report' then "day" end "day", count(distinct pid) parties
from daily join window_members using (pid) group by all;

-- What happens once in a party's life, on its day.
create table lives as
with ups as (
    select pid, max(peak) peak from peaks join party_ids on family = 'party_report' and subject = party_id group by pid),
persons as (select pid, viewer, count(*) many from presence where viewer is not null group by all),
came as (select pid, count(*) joined, count(*) filter (where many > 1) rejoined from persons group by pid),
happened as (
    select pid, created "at", 'parties_created' what, 1 many from parties
    union all select pid, started, 'parties_started', 1 from parties
    union all select pid, ended, 'parties_ended', 1 from parties
    union all select pid, ended, 'parties_abandoned', 1 from parties left join ups using (pid) where coalesce(peak, 0) < 2
    union all select pid, created, 'invited', invited from parties
    union all select pid, created, 'accepted', accepted from parties
    union all select pid, started, 'joined', joined from parties join came using (pid)
    union all select pid, started, 'rejoined', rejoined from parties join came using (pid))
select family, subject, case when family != 'party_report' then "at" // 86400000 end "day",
    coalesce(sum(many) filter (where what = 'parties_created'), 0) parties_created,
    coalesce(sum(many) filter (where what = 'parties_started'), 0) parties_started,
    coalesce(sum(many) filter (where what = 'parties_ended'), 0) parties_ended,
    coalesce(sum(many) filter (where what = 'parties_abandoned'), 0) parties_abandoned,
    coalesce(sum(many) filter (where what = 'invited'), 0) invited,
    coalesce(sum(many) filter (where what = 'accepted'), 0) accepted,
    coalesce(sum(many) filter (where what = 'joined'), 0) joined,
    coalesce(sum(many) filter (where what = 'rejoined'), 0) rejoined
from happened join party_members using (pid)
where "at" is not null or (family = 'party_report' and what in ('invited', 'accepted', 'joined', 'rejoined'))
group by all;
