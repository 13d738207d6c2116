-- Notices of our own that were done with long ago; those of alerts go with their alerts.
-- $1 model number, $2 created before
delete from plumbline.delivery
where model_id = $1::bigint::int and alert_id is null and state <> 'queued' and created_at < $2::timestamptz
