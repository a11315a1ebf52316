-- Views broken down by what they were watched with and from where, by days.
create table by_cells as
with worded as (
    select a.*, viewer, unnest([
        {dimension: 'device', word: device}, {dimension: 'browser', word: browser}, {dimension: 'os', word: os},
        {dimension: 'country', word: country}, {dimension: 'client', word: client}]) cell
    from attempts a join (select sid, viewer, device, browser, os, country, client from sessions) using (sid)),
scoped as (
    select m.family, m.subject, w.* from worded w join party_members m using (pid) where family != 'party_report'
    union all
    select m.family, m.subject, w.* from worded w join film_members m using (pid, vid))
select family, subject, "day", cell.dimension dimension, cell.word word, count(distinct viewer) people,
    count(*) attempts, count(*) filter (where started) started, count(*) filter (where failed) failed,
    count(*) filter (where ebvs) ebvs, count(startup) startup_n, coalesce(sum(startup_score), 0) startup_score_sum,
    count(experience) experience_n, coalesce(sum(experience), 0) experience_sum,
    count(*) filter (where is_view) as "views", count(*) filter (where engaged) engaged_views,
    count(*) filter (where is_view) smooth_n, coalesce(sum(smoothness) filter (where is_view), 0) smooth_sum,
    count(length) filter (where is_view) films_n, coalesce(sum(watched / length) filter (where is_view), 0) percent_sum,
    count(*) filter (where is_view and completed) completed,
    sum(watched)::bigint watch_ms, sum(synced_ms)::bigint synced_ms, sum(in_sync_ms)::bigint in_sync_ms,
    sum(stalls)::bigint stalls, sum(stall_ms)::bigint stall_ms
from scoped where cell.word is not null group by all;
