-- Whose rows count for whom: by the party, by a film (a video in a party), by a session, by a party's live windows.
create table party_members as
select 'party_report' family, party_id subject, pid from parties
union all select 'platform_day', 'all', pid from parties
union all select 'creator_day', host[3:], pid from parties where starts_with(host, 'u:');

create table film_members as
select 'creator_day' family, uploader subject, pid, vid, false talks from films join parties using (pid)
where uploader is not null and 'u:' || uploader is distinct from host
union all
select distinct 'video_day', video_id, pid, vid, true
from (select pid, vid from told union select pid, vid from events where type in ('chat.sent', 'reaction.sent'))
join video_ids using (vid);

create table session_members as
select distinct family, subject, sid, pid from attempts join film_members using (pid, vid);

create table window_members as
select * from party_members
union all select distinct family, subject, pid from attempts join film_members using (pid, vid) where family = 'video_day';
