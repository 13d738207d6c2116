-- Silences that hold or are to come, oldest first.
select s.silence_id, m.name, s.rule, s.subject, s.segment, s.starts_at, s.ends_at, s.author, s.reason
from plumbline.silence s
left join plumbline.model m using (model_id)
where now() < s.ends_at order by s.silence_id
