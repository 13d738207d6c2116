-- The state of channels, and what waits for them.
select coalesce(c.channel, d.channel) as channel, coalesce(c.failures, 0) as failures,
  coalesce(c.open_until > now(), false) as is_open, c.delivered_at, c.failed_at, c.last_error,
  coalesce(d.queued, 0) as queued, coalesce(d.delivered, 0) as delivered, coalesce(d.refused, 0) as refused,
  coalesce(d.expired, 0) as expired
from plumbline.channel c
full join (
  select channel, count(*) filter (where state = 'queued') as queued,
    count(*) filter (where state = 'delivered') as delivered, count(*) filter (where state = 'refused') as refused,
    count(*) filter (where state = 'expired') as expired
  from plumbline.delivery group by channel) d using (channel)
order by 1
