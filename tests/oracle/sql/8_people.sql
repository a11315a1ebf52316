-- Who was there. A stay is an interval of presence; it is on each day that it touches.
create table stays as
select row_number() over () stay, pid, sid, viewer, starts, ends from presence;

create table scoped_stays as
with daily as (
    select stay, pid, sid, viewer, unnest(range(starts // 86400000, greatest(starts, ends - 1) // 86400000 + 1)) "day" from stays)
select family, subject, null::bigint "day", pid, sid, viewer from stays join party_members using (pid) where family = 'party_report'
union all
select family, subject, "day", pid, sid, viewer from daily join party_members using (pid) where family != 'party_report'
union all
select m.family, m.subject, "day", d.pid, d.sid, viewer from daily d join session_members m using (sid);

create table attendance as
with persons as (
    select family, subject, "day", pid, viewer, count(*) many from scoped_stays where viewer is not null group by all),
joined as (
    select family, subject, "day", count(*) joined, count(*) filter (where many > 1) rejoined from persons group by all),
sessions as (
    select family, subject, "day", count(distinct sid) sessions from scoped_stays group by all)
select s.family, s.subject, s."day", sessions, coalesce(joined, 0) joined, coalesce(rejoined, 0) rejoined
from sessions s left join joined j on j.family = s.family and j.subject = s.subject and j."day" is not distinct from s."day";

-- Everybody by name.
create table people as
select distinct family, subject, "day", 'viewers' who, viewer from scoped_stays where viewer is not null
union all
select distinct family, subject, case when family != 'party_report' then "at" // 86400000 end,
    case type when 'chat.sent' then 'chatters' else 'reactors' end, viewer
from (
    select m.family, m.subject, e."at", e.type, e.viewer from events e join party_members m using (pid)
    where type in ('chat.sent', 'reaction.sent') and viewer is not null
    union all
    select m.family, m.subject, e."at", e.type, e.viewer from events e join film_members m using (pid, vid)
    where type in ('chat.sent', 'reaction.sent') and viewer is not null and talks);

create table viewings as
select distinct family, subject, "day", viewer from (
    select m.family, m.subject, "day", viewer from attempts a join party_members m using (pid)
    join sessions s using (sid) where is_view and viewer is not null
    union all
    select m.family, m.subject, "day", viewer from attempts a join film_members m using (pid, vid)
    join sessions s using (sid) where is_view and viewer is not null)
where family != 'party_report';

insert into people
select family, subject, min("day"), 'new_viewers', viewer from viewings group by family, subject, viewer
union all
select family, subject, "day", 'active_users', viewer from viewings where starts_with(viewer, 'u:');
