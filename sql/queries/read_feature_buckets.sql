-- The counts of closed buckets inside a range.
-- $1 cells, $2 from, $3 to
select model_version, segment, bucket_from, bucket_to, row_count, counts, guard_sums
from plumbline.feature_bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
order by model_version, segment, bucket_from
