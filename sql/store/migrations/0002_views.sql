-- What other readers of SQL may rely on: Grafana, and jobs that score customers.

-- The newest finding on each window, check and subject.
create view plumbline.latest_finding as
select distinct on (
    c.model_id, f.model_version, f.window_kind, f.window_from, f.check_name, f.subject, f.segment)
  m.name as model, f.model_version, f.window_kind, f.window_from, f.window_to, f.check_name,
  f.subject, f.segment, f.value, f.interval_lower, f.interval_upper, f.reference, f.threshold,
  f.sample, f.reference_sample, f.rule, f.verdict, f.severity, f.reason, c.as_of
from plumbline.finding f
join plumbline.check_run c using (check_run_id)
join plumbline.model m using (model_id)
order by
  c.model_id, f.model_version, f.window_kind, f.window_from, f.check_name, f.subject, f.segment,
  c.as_of desc, f.check_run_id desc;

-- The newest advice on each version.
create view plumbline.latest_advice as
select distinct on (c.model_id, a.model_version)
  m.name as model, a.model_version, c.as_of, a.action, a.reason, a.intercept, a.slope, a.check_name,
  a.subject, a.onset, a.set_aside, a.is_blind, a.decision
from plumbline.advice a
join plumbline.check_run c using (check_run_id)
join plumbline.model m using (model_id)
where c.replay_id is null
order by c.model_id, a.model_version, c.as_of desc, c.check_run_id desc;

-- Alerts with what operators said to them.
create view plumbline.current_alert as
select
  a.alert_id, m.name as model, a.model_version, a.rule, a.subject, a.segment, a.window_kind, a.state,
  a.severity, a.since, a.firing_since, a.window_from, a.window_to, a.value, a.reference, a.threshold,
  a.sample, a.reason, k.author as acknowledged_by, k.reason as acknowledgement,
  exists (
    select from plumbline.silence s
    where (s.model_id is null or s.model_id = a.model_id)
      and (s.rule is null or s.rule = a.rule)
      and (s.subject is null or s.subject = a.subject)
      and (s.segment is null or s.segment = a.segment)
      and s.starts_at <= now() and now() < s.ends_at) as is_silenced
from plumbline.alert a
join plumbline.model m using (model_id)
left join plumbline.acknowledgement k
  on k.alert_id = a.alert_id and k.firing_since = a.firing_since
where a.state <> 'inactive';

-- The champion of each model: for jobs that score customers.
create view plumbline.champion as
select m.name as model, v.model_version as version, v.since, v.reason
from plumbline.model_version v join plumbline.model m using (model_id)
where v.state = 'champion';
