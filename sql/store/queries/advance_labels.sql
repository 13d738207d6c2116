-- Labels are counted up to new watermarks; refuses when another run has moved them.
-- $1 bins, $2 and $3 the watermarks as they were read (as of, settled), $4 end of the labelled buckets,
-- $5 settled, $6 as of
update plumbline.binning
set labelled_until = $4::timestamptz, settled_as_of = $5::timestamptz,
  labelled_as_of = $6::timestamptz
where binning_id = $1::bigint and labelled_as_of is not distinct from $2::timestamptz
  and settled_as_of is not distinct from $3::timestamptz
