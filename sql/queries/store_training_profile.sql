-- Stores what training rows look like, in place of what was known.
-- $1 cells, $2 version, $3 segment, $4 rows, $5 counts, $6 guard sums
insert into plumbline.training_profile (binning_id, model_version, segment, row_count, counts, guard_sums)
values ($1::bigint, $2::text, $3::text, $4::bigint, $5::bytea, $6::jsonb)
on conflict (binning_id, model_version, segment) do update
set row_count = excluded.row_count, counts = excluded.counts, guard_sums = excluded.guard_sums
