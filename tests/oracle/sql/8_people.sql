-- Who was there: an interval of presence is on each day that it touches.
create table scoped_stays as
with daily as (
    select pid, sid, viewer, ends > starts lasted,
        unnest(range(starts // 86400000, greatest(starts, ends - 1) // 86400000 + 1)) "day" from presence)
select family, subject, null::bigint "day", pid, sid, viewer, ends > starts lasted from presence join party_members using (pid) where family = 'party_report'
union all
select family, subject, "day", pid, sid, viewer, lasted from daily join party_members using (pid) where family != 'party_report'
union all
select m.family, m.subject, "day", d.pid, d.sid, viewer, lasted from daily d join session_members m using (sid);

create table attendance as
select family, subject, "day", count(distinct sid) sessions from scoped_stays group by all;

-- Everybody by name. Who came and went in the same millisecond was not there.
create table people as
select distinct family, subject, "day", 'viewers' who, viewer from scoped_stays where viewer is not null and lasted
union all
select distinct family, subject, case when family != 'party_report' then "at" // 86400000 end,
    case type when 'chat.sent' then 'chatters' else 'reactors' end, viewer
from (
    select m.family, m.subject, e."at", e.type, e.viewer from events e join party_members m using (pid)
    where type in ('chat.sent', 'reaction.sent') and viewer is not null
    union all
    select m.family, m.subject, e."at", e.type, e.viewer from events e join film_members m using (pid, vid)
    where type in ('chat.sent', 'reaction.sent') and viewer is not null);

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
