-- What adds up, by party, video and hour; then by whom it counts for. `day` is a number since 1970, null for all days.
create table cells as
select pid, vid, "at" // 3600000 "hour",
    count(*) filter (where type = 'view.watched') beats, sum(w) watch_ms,
    count(drift) drift_n, sum(w) filter (where drift is not null) synced_ms, sum(w) filter (where drift <= 1000) in_sync_ms,
    count(stall) stalls, sum(stall) stall_ms
from told where type in ('view.watched', 'view.stalled') group by pid, vid, "at" // 3600000
union all by name
select pid, vid, "at" // 3600000 "hour",
    count(*) attempts, count(*) filter (where started) started, count(*) filter (where failed) failed,
    count(*) filter (where ebvs) ebvs, count(startup) startup_n, sum(startup_score) startup_score_sum,
    count(experience) experience_n, sum(experience) experience_sum,
    count(*) filter (where is_view) as views, count(*) filter (where engaged) engaged_views,
    count(*) filter (where is_view) smooth_n, sum(smoothness) filter (where is_view) smooth_sum,
    count(length) filter (where is_view) films_n, count(length) filter (where is_view) percent_n,
    sum(watched / length) filter (where is_view) percent_sum, count(*) filter (where is_view and completed) completed,
    count(*) filter (where is_view and length > 0 and coverage >= 25) q25,
    count(*) filter (where is_view and length > 0 and coverage >= 50) q50,
    count(*) filter (where is_view and length > 0 and coverage >= 75) q75,
    count(*) filter (where is_view and length > 0 and coverage >= 95) q95
from attempts group by pid, vid, "at" // 3600000
union all by name
select pid, vid, "at" // 3600000 "hour",
    count(*) filter (where type = 'chat.sent') chat_messages, count(*) filter (where type = 'reaction.sent') reactions
from events where type in ('chat.sent', 'reaction.sent') group by pid, vid, "at" // 3600000;

create table scoped_cells as
select family, subject, case when family != 'party_report' then "hour" // 24 end "day", "hour" % 24 "hour",
    sum(columns(* exclude (family, subject, pid, vid, "hour")))
from (
    select m.family, m.subject, c.* from cells c join party_members m using (pid)
    union all
    select m.family, m.subject, c.* from cells c join film_members m using (pid, vid))
group by all;

