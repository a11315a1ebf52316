-- Exact quantiles: the value of rank ceil(q·n), at least 1. The pipeline's are from histograms; theirs may be 1 % off.
create table quantiles as
with drifts as (
    select m.family, m.subject, "at", drift "value" from told t join party_members m using (pid) where drift is not null
    union all
    select m.family, m.subject, "at", drift from told t join film_members m using (pid, vid) where drift is not null),
startups as (
    select m.family, m.subject, "at", startup "value" from attempts a join party_members m using (pid) where startup is not null
    union all
    select m.family, m.subject, "at", startup from attempts a join film_members m using (pid, vid) where startup is not null)
select family, subject, case when family != 'party_report' then "at" // 86400000 end "day", 'drift_ms' of, count(*) n,
    quantile_disc("value", [0.5, 0.95, 0.99]) quantiles
from drifts group by all
union all
select family, subject, case when family != 'party_report' then "at" // 86400000 end, 'startup_ms', count(*),
    quantile_disc("value", [0.5, 0.95, 0.99])
from startups group by all;
