-- Logs an interim look at a campaign.
-- $1 campaign, $2 when, $3 kind, $4 fraction, $5 scores, $6 assigned, $7 metric, $8 verdict, $9 software, $10 mature customers
insert into plumbline.interim_look (
  campaign, looked_at, kind, fraction, scores, assigned, metric, verdict, software, matured)
values ($1::text, $2::timestamptz, $3::text, $4::float8, $5::jsonb, $6::jsonb, $7::text, $8::text, $9::text,
  $10::bigint)
