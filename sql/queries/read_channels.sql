-- How channels do, and what waits for them.
select coalesce(c.channel, d.channel), coalesce(c.failures, 0), c.open_until > now(), c.delivered_at, c.failed_at,
  c.last_error, coalesce(d.queued, 0), coalesce(d.delivered, 0), coalesce(d.refused, 0), coalesce(d.expired, 0)
from plumbline.channel c
full join (
  select channel, count(*) filter (where state = 'queued') as queued,
    count(*) filter (where state = 'delivered') as delivered, count(*) filter (where state = 'refused') as refused,
    count(*) filter (where state = 'expired') as expired
  from plumbline.delivery group by channel) d using (channel)
order by 1
