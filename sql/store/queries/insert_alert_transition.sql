-- An alert has changed its state.
-- $1 alert, $2 from, $3 to, $4 at, $5 reason, $6 and $7 window, $8 value, $9 reference, $10 threshold, $11 sample
insert into plumbline.alert_transition (
  alert_id, from_state, to_state, at, reason, window_from, window_to, value, reference, threshold, sample)
values ($1::bigint, $2::text, $3::text, $4::timestamptz, $5::text, $6::timestamptz, $7::timestamptz,
  $8::float8, $9::float8, $10::float8, $11::bigint)
