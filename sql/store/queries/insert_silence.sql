-- Alerts of which nobody is notified for a while.
-- $1 model number or null, $2 rule, $3 subject, $4 segment, each null for any; $5 from, $6 until, $7 author, $8 reason
insert into plumbline.silence (model_id, rule, subject, segment, starts_at, ends_at, author, reason)
values ($1::bigint::int, $2::text, $3::text, $4::text, $5::timestamptz, $6::timestamptz, $7::text, $8::text)
returning silence_id
