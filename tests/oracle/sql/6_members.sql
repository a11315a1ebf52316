-- Whose rows count for whom: by the party, by a film (a video in a party, of which anybody's player told), by a session that
-- viewed such a film. Canaries are parties of the pipeline's own: they count for nobody but themselves.
create table party_members as
select 'party_report' family, party_id subject, pid from parties
union all select 'platform_day', 'all', pid from parties where not starts_with(party_id, 'canary')
union all select 'creator_day', host[3:], pid from parties where starts_with(host, 'u:') and not starts_with(party_id, 'canary');

create table film_members as
select 'video_day' family, video_id subject, pid, vid from (select distinct pid, vid from attempts) join video_ids using (vid)
union all
select 'creator_day', uploader, pid, vid from (select distinct pid, vid from attempts) join films using (pid, vid)
join parties using (pid) where uploader is not null and 'u:' || uploader is distinct from host;
delete from film_members where pid in (select pid from parties where starts_with(party_id, 'canary'));

create table session_members as
select distinct family, subject, sid, pid from attempts join film_members using (pid, vid);

create table window_members as
select * from party_members union all select distinct family, subject, pid from film_members;
