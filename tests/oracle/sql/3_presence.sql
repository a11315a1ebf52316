-- Presence. Joins and leaves are few; whatever else a session did counts only as first and last event between two of them.
create table doors as
select sid, event_id, "at", type = 'party.joined' joins, connection_id,
    last_value(case when type = 'party.joined' then connection_id end ignore nulls) over (
        partition by sid order by "at", type != 'party.joined', event_id
        rows between unbounded preceding and 1 preceding) connected
from events where sid is not null and type in ('party.joined', 'party.left');

-- A leave of a connection that another has replaced closes nothing.
create table stale as
select event_id from doors where not joins and connection_id != connected;

create table stretches as
with ordered as (
    select sid, "at", door, joins,
        count(*) filter (where door) over by_time stretch,
        last_value(case when door and not joins then "at" when door then -1 end ignore nulls) over by_time closed
    from (select sid, "at", event_id, type in ('party.joined', 'party.left') door, type = 'party.joined' joins
          from events where sid is not null and not (type = 'party.left' and event_id in (from stale)))
    window by_time as (partition by sid order by "at", not joins, event_id rows between unbounded preceding and current row))
select sid, stretch, bool_or(joins) joins,
    min("at") filter (where door) opened,
    min("at") filter (where not door and (coalesce(closed, -1) < 0 or "at" - closed > 30000)) first_word,
    max("at") filter (where not door and (coalesce(closed, -1) < 0 or "at" - closed > 30000)) last_word
from ordered group by sid, stretch;

-- Steps in order: a join with all that follows it, a leave, or a run of events without a join before it.
create table presence as
with steps as (
    select sid, stretch, 0 part, 'join' kind, opened "at", greatest(opened, last_word) until from stretches where joins
    union all
    select sid, stretch, 0, 'leave', opened, opened from stretches where not joins and opened is not null
    union all
    select sid, stretch, 1, 'run', first_word, last_word from stretches
    where first_word is not null and joins is not true),
joined as (
    select sid, connection_id, connected, "at", row_number() over (partition by sid order by "at", event_id) nth
    from doors where joins),
left_at as (select sid, connection_id, max("at") gone from doors where not joins and connection_id is not null group by all),
held as (select j.sid, nth, gone from joined j join left_at l on j.sid = l.sid and l.connection_id = j.connected),
numbered as (
    select *, lag(kind) over by_step before, lag(until) over by_step silent_since,
        count(*) filter (where kind = 'join') over (by_step rows between unbounded preceding and current row) nth
    from steps window by_step as (partition by sid order by stretch, part)),
marked as (
    select n.*, case
        when before is null then 1
        when before = 'leave' then ("at" - silent_since > 30000)::int
        when kind = 'join' then ("at" - greatest(silent_since, h.gone) > 30000)::int
        else 0 end opens
    from numbered n left join held h on kind = 'join' and h.sid = n.sid and h.nth = n.nth),
grouped as (
    select *, sum(opens) over (partition by sid order by stretch, part rows between unbounded preceding and current row) nr
    from marked),
spans as (
    select sid, nr, min("at") starts, arg_max(until, (stretch, part)) last_seen, arg_max(kind, (stretch, part)) last_kind
    from grouped group by sid, nr)
select sid, s.pid, s.viewer, starts, case when last_kind = 'leave' then last_seen else last_seen + 30000 end ends,
    last_kind != 'leave' timed_out
from spans join sessions s using (sid);
