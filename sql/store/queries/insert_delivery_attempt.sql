-- An attempt was made.
-- $1 delivery, $2 whether it arrived, $3 what came of it
insert into plumbline.delivery_attempt (delivery_id, is_delivered, outcome)
values ($1::bigint, $2::boolean, $3::text)
