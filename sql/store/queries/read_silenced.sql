-- Whether a silence holds for an alert now, and the server's time.
-- $1 alert
select coalesce((select is_silenced from plumbline.current_alert where alert_id = $1::bigint), false) as is_silenced,
  clock_timestamp() as at
