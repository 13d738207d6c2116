-- Gives up what could not be told for too long, also to channels that are no longer there.
-- $1 seconds
update plumbline.delivery set state = 'expired', finished_at = now(), lease_until = null,
  outcome = 'given up' || coalesce(': ' || outcome, '')
where state = 'queued' and created_at < now() - make_interval(secs => $1::float8)
  and (lease_until is null or lease_until < now())
