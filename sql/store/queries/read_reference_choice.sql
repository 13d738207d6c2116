-- Which reference did an operator pin last?
-- $1 model name
select c.reference_from, c.reference_to, c.author, c.reason, c.created_at
from plumbline.reference_choice c
join plumbline.model m using (model_id)
where m.name = $1::text
order by c.choice_id desc
limit 1
