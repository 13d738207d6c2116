-- Closed buckets.
copy plumbline.bucket (binning_id, bucket_from, bucket_to, revision, row_count, row_digest,
  digest_columns)
from stdin (format binary)
