-- The rows of which buckets have changed since their labels were counted?
-- $1 bins
select bucket_from, bucket_to, revision
from plumbline.bucket
where binning_id = $1::bigint and is_due
order by bucket_from
