-- What a trainer reports of a run; its report of the run's end stays.
-- $1 job, $2 key, $3 body, $4 the states of a run that has ended
insert into plumbline.job_callback as known (job_id, key, body)
values ($1::bigint, $2::text, $3::jsonb)
on conflict (job_id, key) do update set body = excluded.body, received_at = excluded.received_at
where known.body ->> 'state' <> all($4::text[])
