-- The alerts of a model as they stand.
-- $1 model name
select alert_id, model_version, rule, subject, segment, window_kind, state, severity, since, firing_since,
  last_held, bad_since, bad_windows, window_from, window_to, signal, value, reference, threshold, sample,
  window_reason, reason, inhibitor, acknowledged_by, acknowledgement,
  coalesce(s.is_silenced, false) as is_silenced,
  resolved_at, labels, annotations, actions, settled_until
from plumbline.alert
join plumbline.model m using (model_id)
left join lateral (
  select k.author as acknowledged_by, k.reason as acknowledgement
  from plumbline.acknowledgement k
  where k.alert_id = alert.alert_id and k.firing_since = alert.firing_since) k on true
left join lateral (
  select true as is_silenced
  from plumbline.current_alert c where c.alert_id = alert.alert_id and c.is_silenced) s on true
where m.name = $1::text
order by alert_id
