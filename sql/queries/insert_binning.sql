-- New cells become the model's newest.
-- $1 model number, $2 fingerprint, $3 definition, $4 rows of the reference, $5 start of the
-- profiled range, $6 reason
insert into plumbline.binning (
  model_id, number, fingerprint, definition, reference_rows, profiled_from, profiled_until, kept_from,
  reason)
select $1::bigint::int, coalesce(max(b.number), 0) + 1, $2::text, $3::jsonb, $4::bigint,
  $5::timestamptz, $5::timestamptz, $5::timestamptz, $6::text
from plumbline.binning b
where b.model_id = $1::bigint::int
returning binning_id
