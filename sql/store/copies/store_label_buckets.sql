-- The label counts of buckets.
copy plumbline.label_bucket (binning_id, model_version, segment, bucket_from, bucket_to,
  labelled, positives, predictions, open, counts, recent, ages, recent_ages)
from stdin (format binary)
