-- What happened to a model between two moments?
-- $1 model name, $2 from, $3 to
select n.happened_at, n.happened_until, n.text, n.author
from plumbline.note n
join plumbline.model m using (model_id)
where m.name = $1::text and coalesce(n.happened_until, n.happened_at) >= $2::timestamptz
  and n.happened_at < $3::timestamptz
order by n.happened_at, n.note_id
