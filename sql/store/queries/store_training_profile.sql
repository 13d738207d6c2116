-- Stores what training rows look like, in place of what was known.
-- $1 bins, $2 version, $3 segment, $4 rows, $5 counts, $6 sums of out-of-range values
insert into plumbline.training_profile (binning_id, model_version, segment, row_count, counts, out_of_range_sums)
values ($1::bigint, $2::text, $3::text, $4::bigint, $5::bytea, $6::jsonb)
on conflict (binning_id, model_version, segment) do update
set row_count = excluded.row_count, counts = excluded.counts, out_of_range_sums = excluded.out_of_range_sums
