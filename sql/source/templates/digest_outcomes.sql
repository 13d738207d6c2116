-- How many outcomes arrived in each bucket of time, and which? As digest_rows.
select width_bucket(:outcome_time::timestamptz, :edges) - 1 as bucket, count(*) as rows,
  mod(mod(sum(hash_record_extended(row(:columns), 0)), 9223372036854775808)
    + 9223372036854775808, 9223372036854775808)::bigint as digest
from :outcomes
where :outcome_time >= :from and :outcome_time < :to
group by 1
