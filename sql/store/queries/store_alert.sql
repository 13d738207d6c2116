-- An alert after a check.
-- $1 model number, $2 version, $3 rule, $4 subject, $5 segment or null, $6 kind of window, $7 state,
-- $8 severity, $9 since, $10 firing since, $11 last held, $12 bad since, $13 bad windows, $14 and $15 the newest
-- window, $16 its signal, $17 value, $18 reference, $19 threshold, $20 sample, $21 the window's reason,
-- $22 reason, $23 inhibitor, $24 labels, $25 annotations, $26 actions, $27 check run, $28 when it last ended, $29 the newest window's end then
insert into plumbline.alert (
  model_id, model_version, rule, subject, segment, window_kind, state, severity, since, firing_since,
  last_held, bad_since, bad_windows, window_from, window_to, signal, value, reference, threshold, sample,
  window_reason, reason, inhibitor, labels, annotations, actions, check_run_id,
  resolved_at, settled_until)
values ($1::bigint::int, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text,
  $9::timestamptz, $10::timestamptz, $11::timestamptz, $12::timestamptz, $13::jsonb, $14::timestamptz,
  $15::timestamptz, $16::text, $17::float8, $18::float8, $19::float8, $20::bigint, $21::text, $22::text,
  $23::text, $24::jsonb, $25::jsonb, $26::jsonb, $27::bigint, $28::timestamptz, $29::timestamptz)
on conflict (model_id, model_version, rule, subject, (coalesce(segment, '')), window_kind) do update set
  state = excluded.state, severity = excluded.severity, since = excluded.since,
  firing_since = excluded.firing_since, last_held = excluded.last_held, bad_since = excluded.bad_since,
  bad_windows = excluded.bad_windows, window_from = excluded.window_from, window_to = excluded.window_to,
  signal = excluded.signal, value = excluded.value, reference = excluded.reference,
  threshold = excluded.threshold, sample = excluded.sample, window_reason = excluded.window_reason,
  reason = excluded.reason, inhibitor = excluded.inhibitor, labels = excluded.labels,
  annotations = excluded.annotations, actions = excluded.actions, check_run_id = excluded.check_run_id,
  resolved_at = excluded.resolved_at, settled_until = excluded.settled_until
returning alert_id
