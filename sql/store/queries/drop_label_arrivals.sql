-- Forgets the arrivals of days that are counted again.
-- $1 bins, $2 the first of them, in days since 1970-01-01
delete from plumbline.label_arrival
where binning_id = $1::bigint and day >= date '1970-01-01' + $2::bigint::int
