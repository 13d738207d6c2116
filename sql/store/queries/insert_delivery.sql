-- A channel is to be notified; nothing happens where it was notified of the same before.
-- $1 model number, $2 alert or null, $3 channel, $4 status, $5 severity, $6 key, $7 notice
insert into plumbline.delivery (model_id, alert_id, channel, status, severity, key, notice)
values ($1::bigint::int, $2::bigint, $3::text, $4::text, $5::text, $6::text, $7::jsonb)
on conflict (channel, key) do nothing
