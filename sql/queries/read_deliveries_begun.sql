-- How many beginnings of alerts below critical a model has told to a channel since a moment.
-- $1 model number, $2 channel, $3 since
select count(*) from plumbline.delivery
where model_id = $1::bigint::int and channel = $2::text and status = 'firing' and alert_id is not null
  and severity <> 'critical'
  and created_at >= $3::timestamptz
