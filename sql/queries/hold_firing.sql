-- Holds an alert that fires as it is until the transaction ends; no row where it no longer does.
-- $1 alert, $2 when it began
select alert_id from plumbline.alert
where alert_id = $1::bigint and state = 'firing' and firing_since = $2::timestamptz
for share
