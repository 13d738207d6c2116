-- Stores how many outcomes arrived on a local day, in place of what was known.
-- $1 bins, $2 days since 1970-01-01, $3 those that say churn, $4 those that say no churn
insert into plumbline.label_arrival (binning_id, day, positives, negatives)
values ($1::bigint, date '1970-01-01' + $2::bigint::int, $3::bigint, $4::bigint)
on conflict (binning_id, day) do update
set positives = excluded.positives, negatives = excluded.negatives
