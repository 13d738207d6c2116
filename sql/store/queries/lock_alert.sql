-- Locks a firing alert until the transaction ends; no row where it no longer fires as it did.
-- $1 alert, $2 when it began
select from plumbline.alert
where alert_id = $1::bigint and state = 'firing' and firing_since = $2::timestamptz
for share
