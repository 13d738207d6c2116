-- Labels of a range are about to be counted afresh.
-- $1 cells, $2 from, $3 to
delete from plumbline.label_bucket
where binning_id = $1::bigint and bucket_from >= $2::timestamptz and bucket_from < $3::timestamptz
