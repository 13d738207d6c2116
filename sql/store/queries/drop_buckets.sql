-- Deletes the buckets before a moment, but for those inside given ranges of time.
-- $1 bins, $2 the moment, $3 the ranges, as a tstzmultirange
with gone as (
  delete from plumbline.bucket
  where binning_id = $1::bigint and bucket_from < $2::timestamptz
    and not $3::tstzmultirange @> bucket_from
), features as (
  delete from plumbline.feature_bucket
  where binning_id = $1::bigint and bucket_from < $2::timestamptz
    and not $3::tstzmultirange @> bucket_from
), labels as (
  delete from plumbline.label_bucket
  where binning_id = $1::bigint and bucket_from < $2::timestamptz
    and not $3::tstzmultirange @> bucket_from
), outcomes as (
  delete from plumbline.outcome_bucket
  where binning_id = $1::bigint and bucket_from < $2::timestamptz
    and not $3::tstzmultirange @> bucket_from
), treatments as (
  delete from plumbline.treatment_bucket
  where binning_id = $1::bigint and bucket_from < $2::timestamptz
    and not $3::tstzmultirange @> bucket_from
), coverages as (
  delete from plumbline.coverage
  where binning_id = $1::bigint and window_to <= $2::timestamptz
    and not $3::tstzmultirange @> window_from
), revisions as (
  delete from plumbline.revision
  where binning_id = $1::bigint and bucket_from < $2::timestamptz
)
delete from plumbline.arrival where binning_id = $1::bigint and arrival_from < $2::timestamptz
