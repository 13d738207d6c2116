-- The labels of each arm in the buckets inside a range.
-- $1 bins, $2 from, $3 to, $4 what the campaign is
select model_version, bucket_from, bucket_to, arm, stratum, counts
from plumbline.treatment_bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
  and specification = $4::text
order by model_version, bucket_from, arm, stratum
