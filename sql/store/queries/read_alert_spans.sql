-- When did which alerts of some severities fire before a moment, as known at another? Each time an alert fired, with when it
-- ended.
-- $1 model name, $2 to, $3 known at, $4 state of an alert that fires, $5 severities
select a.model_version, a.rule, a.subject, a.severity, t.at as began,
  (select min(e.at) from plumbline.alert_transition e
   where e.alert_id = t.alert_id and e.transition_id > t.transition_id and e.to_state <> $4::text
     and e.at <= $3::timestamptz) as ended
from plumbline.alert_transition t
join plumbline.alert a using (alert_id)
join plumbline.model m using (model_id)
where m.name = $1::text and a.segment is null and a.severity = any ($5::text[])
  and t.to_state = $4::text and t.from_state <> $4::text
  and t.at <= $3::timestamptz and t.at < $2::timestamptz
order by t.at, a.alert_id
