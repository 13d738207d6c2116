-- Which buckets inside a range are closed, and of which rows were they made?
-- $1 bins, $2 from, $3 to
select bucket_from, bucket_to, revision, row_count, row_digest, digest_columns, is_due
from plumbline.bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
order by bucket_from
