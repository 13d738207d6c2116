-- Is it this run's turn to work on a model? One at a time, until the connection ends.
-- $1 model name
select pg_try_advisory_lock(hashtextextended('plumbline/' || $1::text, 0)) as is_ours
