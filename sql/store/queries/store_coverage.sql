-- Stores how many customers were scored in a window, in place of what was known.
-- $1 bins, $2 and $3 the window, $4 specification, $5 customers, $6 those who were scored
insert into plumbline.coverage (binning_id, window_from, window_to, specification, customers, scored)
values ($1::bigint, $2::timestamptz, $3::timestamptz, $4::text, $5::bigint, $6::bigint)
on conflict (binning_id, window_from, window_to) do update
set specification = excluded.specification, customers = excluded.customers, scored = excluded.scored
