-- A detector of decay has read more labels; refuses when another run has moved it.
-- $1 bins, $2 version, $3 specification, $4 until, $5 state, $6 until when it had read before, or null
insert into plumbline.detector as d (
  binning_id, model_version, specification, advanced_until, state)
values ($1::bigint, $2::text, $3::text, $4::timestamptz, $5::jsonb)
on conflict (binning_id, model_version) do update
set specification = excluded.specification, advanced_until = excluded.advanced_until,
  state = excluded.state
where d.advanced_until = $6::timestamptz
