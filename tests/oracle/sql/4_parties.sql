-- Parties: whose, when what was done, when live.
create table parties as
with told as (
    select pid,
        arg_min(viewer, ("at", event_id)) filter (where type = 'party.created') host,
        min("at") filter (where type = 'party.created') created,
        min("at") filter (where type = 'party.started') started,
        min("at") filter (where type = 'party.ended') ended,
        count(*) filter (where type = 'party.invited') invited,
        count(*) filter (where type = 'party.invite_accepted') accepted
    from events where type in ('party.created', 'party.started', 'party.ended', 'party.invited', 'party.invite_accepted')
    group by pid)
select * from party_ids left join told using (pid);

create table windows as
with marks as (
    select pid, "at", event_id, type from events where type in ('party.started', 'party.ended', 'party.vacated')
    union all
    select pid, min(starts), '', 'party.started' from presence
    where pid not in (select pid from events where type = 'party.started') group by pid),
following as (
    select *, lag(type) over (partition by pid order by "at", event_id) before from marks),
runs as (
    select *, count(*) filter (where type = 'party.started' and before is distinct from 'party.started') over (
        partition by pid order by "at", event_id rows between unbounded preceding and current row) run
    from following),
pairs as (
    select pid, run, min("at") filter (where type = 'party.started') opens,
        arg_min("at", ("at", event_id)) filter (where type != 'party.started') stops,
        arg_min(type, ("at", event_id)) filter (where type != 'party.started') how
    from runs where run > 0 group by pid, run),
closed as (
    select p.pid, opens, case
        when how = 'party.ended' then stops
        else least(stops, coalesce(max(i.ends), opens)) end closes
    from pairs p left join presence i on i.pid = p.pid and i.ends > opens and (stops is null or i.starts < stops)
    group by p.pid, opens, stops, how)
select pid, opens, closes from closed where closes > opens;

-- Films: what a party knew of a video.
create table films as
with lengths as (
    select pid, vid, duration from events where vid is not null and duration is not null
    qualify row_number() over (partition by pid, vid order by "at" desc, event_id desc) = 1),
owners as (
    select pid, vid, uploader from events where vid is not null and uploader is not null
    qualify row_number() over (partition by pid, vid order by "at" desc, event_id desc) = 1)
select pid, vid, case when duration > 0 then duration end length, uploader
from lengths full join owners using (pid, vid);
