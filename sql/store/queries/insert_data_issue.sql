-- A check could not use something.
-- $1 check run, $2 kind, $3 subject, $4 rows, $5 message
insert into plumbline.data_issue (check_run_id, kind, subject, row_count, message)
values ($1::bigint, $2::text, $3::text, $4::bigint, $5::text)
