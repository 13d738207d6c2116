-- Is nobody to be told of an alert now?
-- $1 alert
select coalesce((select is_silenced from plumbline.current_alert where alert_id = $1::bigint), false)
