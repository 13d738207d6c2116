-- A check has been made.
-- $1 model number, $2 bins, $3 as of, $4 software, $5 rows read, $6 start, $7 its replay or null
insert into plumbline.check_run (
  model_id, binning_id, as_of, software, rows_read, started_at, replay_id)
values ($1::bigint::int, $2::bigint, $3::timestamptz, $4::text, $5::bigint, $6::timestamptz,
  $7::bigint)
returning check_run_id
