-- What is seen in a model's registry now.
-- $1 model number, $2 version in charge there or null, $3 version in charge here and told there or null, $4 moment
insert into plumbline.registry_mark (model_id, champion, ours, seen_at)
values ($1::bigint::int, $2::text, $3::text, $4::timestamptz)
on conflict (model_id) do update set champion = excluded.champion, ours = excluded.ours, seen_at = excluded.seen_at
