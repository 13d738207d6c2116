-- Deletes who was treated in a bucket, to store it again.
-- $1 bins, $2 version, $3 start
delete from plumbline.treatment_bucket
where binning_id = $1::bigint and model_version = $2::text and bucket_from = $3::timestamptz
