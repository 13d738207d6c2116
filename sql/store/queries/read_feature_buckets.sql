-- The counts of closed buckets inside a range, as they are known now.
-- $1 bins, $2 from, $3 to
select f.model_version, f.segment, f.bucket_from, f.bucket_to, f.row_count, f.counts, f.out_of_range_sums
from plumbline.feature_bucket f
join plumbline.bucket b using (binning_id, bucket_from, revision)
where f.binning_id = $1::bigint and f.bucket_from >= $2::timestamptz
  and f.bucket_to <= $3::timestamptz
order by f.model_version, f.segment, f.bucket_from
