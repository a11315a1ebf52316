-- Attempts to view and views, and which of a video's 100 bins they played.
create table pieces as
with cut as (
    select t.pid, t.sid, t.vid, begins, least(ends, begins + w, length) ends, length
    from told t left join films f on f.pid = t.pid and f.vid = t.vid
    where type = 'view.watched' and t.vid is not null and begins >= 0 and ends is not null)
-- Bin b's middle is (2b + 1)·length/200, so the first bin whose middle is not before x is ceil((200x - length)/(2·length)).
select pid, sid, vid, ends,
    (200 * begins + length - 1) // (2 * length) first_bin, (200 * ends + length - 1) // (2 * length) end_bin
from cut where ends > begins;

-- Bins that one view played, as stretches that do not touch.
create table runs as
with reached as (
    select *, max(end_bin) over (
        partition by sid, vid order by first_bin, end_bin rows between unbounded preceding and 1 preceding) so_far
    from (select distinct sid, vid, first_bin, end_bin from pieces where end_bin > first_bin)),
numbered as (
    select *, count(*) filter (where so_far is null or first_bin > so_far) over (
        partition by sid, vid order by first_bin, end_bin rows between unbounded preceding and current row) run
    from reached)
select sid, vid, min(first_bin) first_bin, max(end_bin) end_bin from numbered group by sid, vid, run;

create table attempts as
with counted as (
    select pid, sid, vid,
        coalesce(arg_min("at", n) filter (where type = 'view.watched'), arg_min("at", n)) "at",
        count(*) filter (where type = 'view.watched') beats, coalesce(sum(w), 0)::bigint watched,
        bool_or(type in ('view.watched', 'view.started')) started, bool_or(type = 'view.failed') failed,
        arg_min(startup, n) filter (where type = 'view.started' and startup >= 0) startup,
        count(stall) stalls, coalesce(sum(stall), 0)::bigint stall_ms,
        coalesce(sum(w) filter (where drift is not null), 0)::bigint synced_ms,
        coalesce(sum(w) filter (where drift <= 1000), 0)::bigint in_sync_ms, quantile_cont(drift, 0.95) drift_p95
    from told where vid is not null group by pid, sid, vid),
furthest as (select sid, vid, max(ends) furthest from pieces group by sid, vid),
covered as (select sid, vid, sum(end_bin - first_bin) coverage, max(end_bin - first_bin) longest from runs group by sid, vid),
scored as (
    select c.*, f.length, r.furthest, coalesce(coverage, 0) coverage,
        beats > 0 and watched >= 3000 is_view,
        50 / sqrt(1 + (stalls / 2) ** 2)
            + 50 * exp(case when watched + stall_ms > 0 then -10 * stall_ms / (watched + stall_ms) else 0 end) smoothness,
        100 * 8 / (8 + startup / 1000) startup_score, 100 * exp(-drift_p95 / 2000) sync_score,
        length is not null and (coalesce(longest, 0) >= 95 or coalesce(r.furthest >= length - 2000, false)) completed
    from counted c
    left join films f on f.pid = c.pid and f.vid = c.vid
    left join furthest r on r.sid = c.sid and r.vid = c.vid
    left join covered v on v.sid = c.sid and v.vid = c.vid)
select *, "at" // 86400000 "day",
    is_view and (watched >= 30000 or coalesce(2 * watched >= length, false)) engaged,
    not started and not failed ebvs,
    case when failed then 0.0 when is_view then
        0.5 * least(smoothness, startup_score, sync_score)
        + 0.5 * (smoothness + coalesce(startup_score, 0) + coalesce(sync_score, 0))
            / (1 + (startup_score is not null)::int + (sync_score is not null)::int) end experience
from scored;

-- How often each bin was played, by party, video and day of the views: where the counts change, and by how much.
create table bin_steps as
with played as (
    select a.pid, a.vid, "day", p.first_bin, p.end_bin, 1 plays, 0 people from pieces p join attempts a using (sid, vid)
    where is_view and end_bin > first_bin
    union all
    select a.pid, a.vid, "day", r.first_bin, r.end_bin, 0, 1 from runs r join attempts a using (sid, vid) where is_view)
select pid, vid, "day", bin, sum(plays)::bigint plays, sum(people)::bigint people from (
    select pid, vid, "day", first_bin bin, plays, people from played
    union all select pid, vid, "day", end_bin, -plays, -people from played)
group by all;
