-- How many rows, and how many labels still to come, has each bucket inside a range, by version?
-- $1 bins, $2 from, $3 to
select f.model_version, f.bucket_from, f.bucket_to, f.row_count,
  coalesce(l.predictions, 0) as predictions, coalesce(l.open, 0) as open
from plumbline.feature_bucket f
join plumbline.bucket b using (binning_id, bucket_from, revision)
left join plumbline.label_bucket l using (binning_id, model_version, segment, bucket_from)
where f.binning_id = $1::bigint and f.segment = '' and f.bucket_from >= $2::timestamptz
  and f.bucket_to <= $3::timestamptz
order by f.bucket_from, f.model_version
