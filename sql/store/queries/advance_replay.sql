-- A moment of a replay has been checked; refuses when another run did it.
-- $1 replay, $2 the last moment as it was read, $3 the moment, $4 whether it was the last
update plumbline.replay
set done_until = $3::timestamptz, finished_at = case when $4::boolean then now() end
where replay_id = $1::bigint and done_until is not distinct from $2::timestamptz
