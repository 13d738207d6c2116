-- What was recorded before of one episode of an alert, by channel, and what its model has spent of the budget.
-- $1 channels; $2 key of the beginning, $3 key of the end, $4 model number, $5 since when the budget counts
-- or null, $6 key of the notice that it is spent or null
select c.channel,
  (select d.state from plumbline.delivery d where d.channel = c.channel and d.key = $2::text) as beginning,
  (select d.state from plumbline.delivery d where d.channel = c.channel and d.key = $3::text) as ending,
  (select count(*) from plumbline.delivery d
    where d.model_id = $4::bigint::int and d.channel = c.channel and d.status = 'firing' and d.alert_id is not null
      and d.severity <> 'critical' and d.created_at >= $5::timestamptz) as spent,
  exists (
    select from plumbline.delivery d where d.channel = c.channel and d.key = $6::text) as is_budget_notice_sent
from unnest($1::text[]) as c(channel)
