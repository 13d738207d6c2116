-- Takes deliveries that are due, the oldest first; of one alert and channel only the first that is not done, so that
-- an end never overtakes its beginning.
-- $1 channels, $2 how many, $3 seconds of the lease
with due as materialized (
  select c.delivery_id from plumbline.delivery c
  left join plumbline.channel h using (channel)
  where c.state = 'queued' and c.next_at <= now() and c.channel = any($1::text[])
    and (c.lease_until is null or c.lease_until < now())
    and (h.open_until is null or h.open_until <= now())
    and not exists (
      select from plumbline.delivery e
      where e.alert_id = c.alert_id and e.channel = c.channel and e.state = 'queued'
        and e.delivery_id < c.delivery_id)
  order by c.delivery_id limit $2::bigint
  for update of c skip locked)
update plumbline.delivery d
set lease_until = now() + make_interval(secs => $3::float8), lease_epoch = d.lease_epoch + 1,
  attempts = d.attempts + 1
from due where d.delivery_id = due.delivery_id
returning d.delivery_id, d.channel, d.attempts, d.lease_epoch, d.notice, d.created_at
