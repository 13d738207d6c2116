-- The labels of a bucket have been counted again, unless its rows have changed again.
-- $1 bins, $2 start, $3 revision as it was counted
update plumbline.bucket
set is_due = false
where binning_id = $1::bigint and bucket_from = $2::timestamptz and revision = $3::bigint::int
