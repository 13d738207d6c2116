-- New bins become the model's newest; refused when another run has made some in the meantime.
-- $1 model number, $2 fingerprint, $3 definition, $4 rows of the reference, $5 start of the
-- profiled range, $6 reason, $7 number of the bins that they replace, 0 for the first, $8 and $9
-- the days that they come from where the reference moves
insert into plumbline.binning (
  model_id, number, fingerprint, definition, reference_rows, profiled_from, profiled_until, kept_from,
  reason, base_from, base_to)
values ($1::bigint::int, $7::bigint::int + 1, $2::text, $3::jsonb, $4::bigint, $5::timestamptz,
  $5::timestamptz, $5::timestamptz, $6::text, $8::timestamptz, $9::timestamptz)
on conflict (model_id, number) do nothing
