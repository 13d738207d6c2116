-- Ends a silence before its time.
-- $1 silence
update plumbline.silence set ends_at = greatest(starts_at, now())
where silence_id = $1::bigint and now() < ends_at
