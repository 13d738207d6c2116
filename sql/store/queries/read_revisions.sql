-- Which buckets inside a range were revised?
-- $1 bins, $2 from, $3 to
select bucket_from, bucket_to, cause, rows_before, rows_after, as_of
from plumbline.revision
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_to <= $3::timestamptz
order by bucket_from, revision_id
