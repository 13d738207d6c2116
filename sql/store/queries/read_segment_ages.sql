-- Labels of the buckets inside a range by their age, for each segment: final ones, and those since then.
-- $1 bins, $2 and $3 the range
select model_version, segment, bucket_from, bucket_to, ages, recent_ages
from plumbline.label_bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
order by model_version, segment, bucket_from
