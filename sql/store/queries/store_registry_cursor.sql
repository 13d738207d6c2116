-- How far a model's registry and its versions are in step now.
-- $1 model number, $2 champion there or null, $3 champion here that was sent there or null, $4 moment
insert into plumbline.registry_cursor (model_id, champion, ours, seen_at)
values ($1::bigint::int, $2::text, $3::text, $4::timestamptz)
on conflict (model_id) do update set champion = excluded.champion, ours = excluded.ours, seen_at = excluded.seen_at
