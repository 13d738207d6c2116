-- An operator marks an event.
-- $1 model number, $2 from, $3 until or null, $4 text, $5 author
insert into plumbline.note (model_id, happened_at, happened_until, text, author)
values ($1::bigint::int, $2::timestamptz, $3::timestamptz, $4::text, $5::text)
