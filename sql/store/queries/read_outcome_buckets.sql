-- What became of the predictions of buckets inside a range.
-- $1 bins, $2 from, $3 to
select model_version, bucket_from, bucket_to, extract(epoch from label_age)::bigint as label_age, counts
from plumbline.outcome_bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
order by model_version, bucket_from
