-- This run is done with a model; the next may begin at once.
-- $1 model name
select pg_advisory_unlock(hashtextextended('plumbline/' || $1::text, 0)) as was_ours
