-- Deletes cycles as of before a moment with what they found; those of a replay that ran after it are
-- kept.
-- $1 model number, $2 the moment
with gone as materialized (
  select cycle_id
  from plumbline.cycle
  where model_id = $1::bigint::int and as_of < $2::timestamptz
    and (replay_id is null or finished_at < $2::timestamptz)
), findings as (
  delete from plumbline.finding where cycle_id in (select cycle_id from gone)
), advice as (
  delete from plumbline.advice where cycle_id in (select cycle_id from gone)
), faults as (
  delete from plumbline.fault where cycle_id in (select cycle_id from gone)
)
delete from plumbline.cycle where cycle_id in (select cycle_id from gone)
