-- Active users of the days that end with each day; how many were active on a typical one of 28.
create table active as
with seen as (select distinct "day", viewer from people where family = 'platform_day' and who = 'active_users'),
days as (select unnest(range(min("day"), max("day") + 1)) "day", min("day") first from seen),
daily as (select "day", count(*) many from seen group by "day"),
typical as (
    select d."day", case when d."day" - first >= 27 then coalesce(sum(many), 0) end dau_sum,
        case when d."day" - first >= 27 then 28 end dau_days
    from days d left join daily s on s."day" between d."day" - 27 and d."day" group by d."day", first)
select 'platform_day' family, 'all' subject, d."day",
    count(distinct viewer) filter (where s."day" = d."day") dau,
    count(distinct viewer) filter (where s."day" > d."day" - 7) wau,
    count(distinct viewer) mau, any_value(dau_sum) dau_sum, any_value(dau_days) dau_days
from days d left join seen s on s."day" between d."day" - 27 and d."day"
join typical t on t."day" = d."day"
group by d."day";
