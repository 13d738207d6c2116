-- Stores a version's design effects of repeated customers, in place of what was known.
-- $1 bins, $2 version, $3 specification, $4 whether labels are final, $5 effects
insert into plumbline.design_effect (binning_id, model_version, specification, is_final, effects)
values ($1::bigint, $2::text, $3::text, $4::boolean, $5::jsonb)
on conflict (binning_id, model_version) do update
set specification = excluded.specification, is_final = excluded.is_final, effects = excluded.effects
