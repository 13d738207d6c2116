-- Records what was decided about a campaign.
-- $1 campaign, $2 when, $3 decision, $4 verdict, $5 author, $6 second author, $7 reason, $8 to $10 net benefit,
-- $11 input, $12 software
insert into plumbline.campaign_decision (
  campaign, decided_at, decision, verdict, author, second_author, reason, net, net_lower, net_upper, input, software)
values ($1::text, $2::timestamptz, $3::text, $4::text, $5::text, $6::text, $7::text, $8::float8, $9::float8,
  $10::float8, $11::jsonb, $12::text)
