-- A bucket's rows have changed; refuses when another run has revised it.
-- $1 bins, $2 start, $3 revision as it was read, $4 new revision, $5 rows, $6 digest, $7 columns of
-- the digest, $8 whether the labels are to be counted again
update plumbline.bucket
set revision = $4::bigint::int, row_count = $5::bigint, row_digest = $6::bigint,
  digest_columns = $7::bigint, is_due = is_due or $8::boolean, profiled_at = now()
where binning_id = $1::bigint and bucket_from = $2::timestamptz and revision = $3::bigint::int
