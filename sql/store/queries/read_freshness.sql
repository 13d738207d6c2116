-- When each model was last checked live, by the server's clock, and how many seconds ago.
select m.name, max(c.finished_at) as finished_at, extract(epoch from now() - max(c.finished_at))::float8 as age
from plumbline.model m join plumbline.check_run c using (model_id)
where c.replay_id is null group by m.name order by m.name
