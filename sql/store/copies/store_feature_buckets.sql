-- The feature counts of closed buckets.
copy plumbline.feature_bucket (binning_id, revision, model_version, segment, bucket_from,
  bucket_to, row_count, counts, out_of_range_sums)
from stdin (format binary)
