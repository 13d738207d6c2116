-- Alerts that have been over for long enough.
-- $1 model number, $2 over before
delete from plumbline.alert
where model_id = $1::bigint::int and state in ('inactive', 'resolved', 'no_data') and since < $2::timestamptz
  and window_to < $2::timestamptz
