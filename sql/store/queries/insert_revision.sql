-- A bucket turned out to hold something else than what was counted.
-- $1 bins, $2 from, $3 to, $4 cause, $5 rows before, $6 rows after, $7 as of
insert into plumbline.revision (
  binning_id, bucket_from, bucket_to, cause, rows_before, rows_after, as_of)
values ($1::bigint, $2::timestamptz, $3::timestamptz, $4::text, $5::bigint, $6::bigint,
  $7::timestamptz)
