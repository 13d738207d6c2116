-- What came of an attempt; nothing where another dispatcher has claimed the delivery since.
-- $1 delivery, $2 epoch, $3 state, $4 outcome, $5 seconds until the next attempt, for 'queued'
update plumbline.delivery
set state = $3::text, outcome = $4::text, lease_until = null,
  next_at = now() + make_interval(secs => $5::float8),
  finished_at = case when $3::text = 'queued' then null else now() end
where delivery_id = $1::bigint and lease_epoch = $2::bigint and state = 'queued'
