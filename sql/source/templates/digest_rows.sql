-- How many rows has each bucket, and which? The digest is a sum of the rows' hashes, modulo 2⁶³.
select width_bucket(:time::timestamptz, :edges) - 1 as bucket, count(*) as rows,
  mod(mod(sum(hash_record_extended(row(:columns), 0)), 9223372036854775808)
    + 9223372036854775808, 9223372036854775808)::bigint as digest
from :source
where :time >= :from and :time < :to:filter
group by 1
