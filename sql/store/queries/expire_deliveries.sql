-- Gives up what could not be delivered for too long, also to channels that are no longer there.
-- $1 seconds, $2 channels that are there: what waits for them is tried at least once
update plumbline.delivery set state = 'expired', finished_at = now(), lease_until = null,
  outcome = 'given up' || coalesce(': ' || outcome, '')
where state = 'queued' and created_at < now() - make_interval(secs => $1::float8)
  and (lease_until is null or lease_until < now())
  and (attempts > 0 or channel <> all($2::text[]))
