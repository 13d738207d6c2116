-- Deletes check runs as of before a moment with what they found; those of a replay that ran after it
-- are kept.
-- $1 model number, $2 the moment
with gone as materialized (
  select check_run_id
  from plumbline.check_run
  where model_id = $1::bigint::int and as_of < $2::timestamptz
    and (replay_id is null or finished_at < $2::timestamptz)
), findings as (
  delete from plumbline.finding where check_run_id in (select check_run_id from gone)
), advice as (
  delete from plumbline.advice where check_run_id in (select check_run_id from gone)
), issues as (
  delete from plumbline.data_issue where check_run_id in (select check_run_id from gone)
)
delete from plumbline.check_run where check_run_id in (select check_run_id from gone)
