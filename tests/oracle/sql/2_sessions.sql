-- What is known of each session.
create table sessions as
select sid, any_value(pid) pid, max(viewer) viewer, min(received) since,
    arg_min(type, n) = 'view.watched' beat_first,
    arg_min(device, n) filter (device is not null) device,
    arg_min(browser, n) filter (browser is not null) browser,
    arg_min(os, n) filter (os is not null) os,
    arg_min(country, n) filter (country is not null) country,
    arg_min(client, n) filter (client is not null) client
from events where sid is not null group by sid;

-- What players told: heartbeats with what is accepted of them, and the rest.
create table told as
select e.pid, e.sid, vid, type, n, "at", begins, ends, drift, null::bigint stall, null::bigint startup,
    greatest(0, least(coalesce(watched, 0), 20000, received - coalesce(
        lag(received) over (partition by e.sid order by n), case when not beat_first then since end) + 5000)) w
from events e join sessions s using (sid) where type = 'view.watched'
union all by name
select pid, sid, vid, type, n, "at", startup,
    case when type = 'view.stalled' and stall > 0 then least(stall, 600000) end stall
from events where sid is not null and starts_with(type, 'view.') and type != 'view.watched';
