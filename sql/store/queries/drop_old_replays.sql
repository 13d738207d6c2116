-- Deletes replays that ended before a moment and of which nothing is left.
-- $1 model number, $2 the moment
delete from plumbline.replay r
where model_id = $1::bigint::int and finished_at < $2::timestamptz
  and not exists (select from plumbline.check_run c where c.replay_id = r.replay_id)
