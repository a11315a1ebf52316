-- Each event once, as it was first received; words that are keys become numbers.
create view raw as
select * from read_parquet(getvariable('lake') || '/raw/*/*/*.parquet', union_by_name = true, hive_partitioning = false);

-- Few events come twice. Hashes find those that may have, and only among them the first is looked for.
create table suspects as
select hash(event_id) h from raw group by all having count(*) > 1;

create view once as
select * from raw where hash(event_id) not in (select h from suspects)
union all by name
(select * from raw where hash(event_id) in (select h from suspects)
 qualify row_number() over (
    partition by event_id order by received_at, "at", type, party_id, session_id, user_id, guest_id, video_id, seq,
        sent_at, watched_ms, from_ms, to_ms, drift_ms, position_ms, rtt_ms, stall_ms, startup_ms, duration_ms,
        uploader_id, device, browser, os, country, client, connection_id, emoji, rate, length, height, extra, v) = 1);

create table party_ids as
select (row_number() over (order by party_id))::int pid, party_id
from (select distinct party_id from raw where party_id is not null);

create table session_ids as
select (row_number() over (order by pid, session_id))::int sid, pid, party_id, session_id
from (select distinct party_id, session_id from raw where party_id is not null and session_id is not null)
join party_ids using (party_id);

create table video_ids as
select (row_number() over (order by video_id))::int vid, video_id
from (select distinct video_id from raw where video_id is not null);

-- Events of parties, with what the rest asks of them. `n` is their order within the session.
create table events as
select pid, sid, vid, type, epoch_ms("at") "at", epoch_ms(received_at) received, event_id,
    coalesce('u:' || user_id, 'g:' || guest_id) viewer, device, browser, os, country, client, connection_id,
    watched_ms watched, from_ms begins, to_ms ends, abs(drift_ms) drift, stall_ms stall, startup_ms startup,
    duration_ms duration, uploader_id uploader,
    row_number() over (partition by coalesce(sid, -pid) order by received_at, "at", event_id) n
from once
join party_ids using (party_id)
left join (select sid, party_id, session_id from session_ids) using (party_id, session_id)
left join video_ids using (video_id);
