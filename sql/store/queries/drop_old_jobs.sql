-- What happened to jobs long ago; jobs stay for longer than their events: they are few.
-- $1 model number, $2 before
delete from plumbline.retraining_event
where model_id = $1::bigint::int and happened_at < $2::timestamptz
