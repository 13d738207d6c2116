-- What became of the last check's advice on a version.
-- $1 model number, $2 version, $3 what became of it
update plumbline.advice
set decision = $3::text
where model_version = $2::text and check_run_id = (
  select check_run_id from plumbline.check_run
  where model_id = $1::bigint::int and replay_id is null
  order by as_of desc, check_run_id desc limit 1)
