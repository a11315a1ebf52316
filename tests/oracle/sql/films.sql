-- How often each bin of a video was played, of parties and of a video's days: from each bin on, until the next row.
create table scoped_bins as
with steps as (
    select family, subject, "day", vid, bin, sum(plays) plays, sum(people) people from (
        select family, subject, null::bigint "day", vid, bin, plays, people
        from bin_steps join party_members using (pid) where family = 'party_report'
        union all
        select family, subject, "day", vid, bin, plays, people
        from bin_steps join film_members using (pid, vid) where family = 'video_day')
    group by all)
select family, subject, "day", video_id, bin, (sum(plays) over so_far)::bigint plays, (sum(people) over so_far)::bigint people
from steps join video_ids using (vid)
window so_far as (partition by family, subject, "day", vid order by bin);
