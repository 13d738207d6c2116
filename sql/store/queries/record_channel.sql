-- How a channel did: after the fifth failure in a row it is not tried for a minute, then twice as long each time, up to a
-- limit. What fails in that time was begun before, and does not count.
-- $1 channel, $2 whether it answered, $3 error or null, $4 the longest such time in seconds
insert into plumbline.channel as c (channel, failures, delivered_at, failed_at, last_error)
values ($1::text, case when $2::boolean then 0 else 1 end, case when $2::boolean then now() end,
  case when not $2::boolean then now() end, $3::text)
on conflict (channel) do update set
  failures = case when $2::boolean then 0 when c.open_until > now() then c.failures else c.failures + 1 end,
  open_until = case when $2::boolean or c.failures < 4 then null when c.open_until > now() then c.open_until
    else now() + least(make_interval(secs => $4::float8), interval '1 minute' * power(2, least(c.failures - 4, 5))) end,
  delivered_at = coalesce(excluded.delivered_at, c.delivered_at),
  failed_at = coalesce(excluded.failed_at, c.failed_at),
  last_error = coalesce($3::text, c.last_error)
