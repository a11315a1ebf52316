-- Quantiles as the pipeline keeps them: counts in buckets that grow by 2 %, which add up. For comparisons of speed.
create table drift_buckets as
select pid, vid, "at" // 3600000 "hour", case when drift < 1 then 0 else ceil(ln(drift) / ln(1.02))::int end bucket, count(*) many
from told where drift is not null group by all;

create table scoped_buckets as
select family, subject, case when family != 'party_report' then "hour" // 24 end "day", bucket, sum(many)::bigint many from (
    select m.family, m.subject, "hour", bucket, many from drift_buckets join party_members m using (pid)
    union all
    select m.family, m.subject, "hour", bucket, many from drift_buckets join film_members m using (pid, vid))
group by all;
