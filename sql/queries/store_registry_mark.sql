-- What is seen in a model's registry now.
-- $1 model number, $2 version or null, $3 moment
insert into plumbline.registry_mark (model_id, champion, seen_at)
values ($1::bigint::int, $2::text, $3::timestamptz)
on conflict (model_id) do update set champion = excluded.champion, seen_at = excluded.seen_at
