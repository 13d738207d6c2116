-- The newest map that a check advised for a version.
-- $1 model number, $2 version
select a.intercept, a.slope from plumbline.advice a join plumbline.check_run c using (check_run_id)
where c.model_id = $1::bigint::int and a.model_version = $2::text and a.intercept is not null
order by a.check_run_id desc limit 1
