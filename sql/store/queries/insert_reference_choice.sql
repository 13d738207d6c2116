-- An operator pins a reference.
-- $1 model number, $2 from, $3 to, $4 author, $5 reason
insert into plumbline.reference_choice (model_id, reference_from, reference_to, author, reason)
values ($1::bigint::int, $2::timestamptz, $3::timestamptz, $4::text, $5::text)
