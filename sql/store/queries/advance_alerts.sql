-- Moves the revision of a model's alerts; no row where another run has moved it.
-- $1 model number, $2 the revision that was read, 0 for none; $3 moment of the check
insert into plumbline.alert_revision as m (model_id, revision, as_of)
values ($1::bigint::int, $2::bigint + 1, $3::timestamptz)
on conflict (model_id) do update set revision = m.revision + 1, as_of = excluded.as_of
where m.revision = $2::bigint
