-- An operator has seen a firing alert.
-- $1 alert, $2 author, $3 reason
insert into plumbline.acknowledgement (alert_id, firing_since, author, reason)
select alert_id, firing_since, $2::text, $3::text
from plumbline.alert where alert_id = $1::bigint and state = 'firing'
on conflict (alert_id, firing_since) do update
  set author = excluded.author, reason = excluded.reason, acknowledged_at = now()
