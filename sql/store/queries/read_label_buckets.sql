-- What is known of the outcomes of buckets inside a range: final counts, and the change since then.
-- $1 bins, $2 from, $3 to
select model_version, segment, bucket_from, bucket_to, counts, recent
from plumbline.label_bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
order by model_version, segment, bucket_from
