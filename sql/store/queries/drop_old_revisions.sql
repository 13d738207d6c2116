-- Deletes counts that were replaced by a revision before a moment.
-- $1 bins, $2 the moment
delete from plumbline.feature_bucket f
using plumbline.bucket b
where b.binning_id = $1::bigint and b.revision > 0 and b.profiled_at < $2::timestamptz
  and f.binning_id = b.binning_id and f.bucket_from = b.bucket_from and f.revision < b.revision
