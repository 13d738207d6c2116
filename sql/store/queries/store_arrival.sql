-- Outcomes that arrived in a bucket of time have been counted.
-- $1 bins, $2 from, $3 to, $4 outcomes, $5 digest
insert into plumbline.arrival (
  binning_id, arrival_from, arrival_to, outcome_count, outcome_digest)
values ($1::bigint, $2::timestamptz, $3::timestamptz, $4::bigint, $5::bigint)
on conflict (binning_id, arrival_from) do update
set outcome_count = excluded.outcome_count, outcome_digest = excluded.outcome_digest
